import { afterAll, beforeAll, expect, test } from 'vitest';
import { deleteDataset } from '@/domain/datasets/delete-dataset';
import { readDataset } from '@/domain/datasets/read-dataset';
import { findStatement, listStatement } from '@/domain/datasets/store';
import { addText, createDatasetWorld, type DatasetCtx, type DatasetWorld, goodRows, linesOf } from './support';

let world: DatasetWorld;
let anna: DatasetCtx;
let berta: DatasetCtx;
let id: string;
beforeAll(async () => {
  world = await createDatasetWorld();
  anna = world.userCtx(await world.db.createUser());
  berta = world.userCtx(await world.db.createUser());
  ({ id } = await addText(anna, linesOf(goodRows(3))));
});
afterAll(() => world.close());

test("row-level security hides another's dataset also where a statement names its owner", async () => {
  const page = { status: undefined, after: null, limit: 10 };
  const [own, list] = await anna.session.read(findStatement(anna.userId, id), listStatement(anna.userId, page));
  expect([own.length, list.length]).toEqual([1, 1]);
  const [found, listed] = await berta.session.read(findStatement(anna.userId, id), listStatement(anna.userId, page));
  expect([found, listed]).toEqual([[], []]);
});

test('a statement finds nothing for another account where row-level security would let it', async () => {
  const [found] = await anna.service.read(findStatement(berta.userId, id));
  expect(found).toEqual([]);
  await expect(deleteDataset(berta, { id })).rejects.toMatchObject({ code: 'not_found' });
  expect((await readDataset(anna, { id })).id).toBe(id);
});

test('an account writes no dataset by itself', async () => {
  const attempts = [
    `insert into lora_datasets (user_id, name) values ('${anna.userId}', 'x')`,
    `update lora_datasets set status = 'ready' where id = '${id}'`,
    `delete from lora_datasets where id = '${id}'`,
  ];
  for (const sql of attempts) {
    const statement = { sql, parameters: [], query: {} } as unknown as Parameters<typeof anna.session.run>[0];
    await expect(anna.session.run(statement)).rejects.toThrow(/permission denied/);
  }
});
