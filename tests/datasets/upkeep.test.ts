import { randomUUID } from 'node:crypto';
import { utimes } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deleteAccount } from '@/domain/accounts/delete-account';
import { removeUnfinishedUploads } from '@/domain/datasets/remove-unfinished-uploads';
import { removeUnnamedFiles } from '@/domain/datasets/remove-unnamed-files';
import { resumeValidations } from '@/domain/datasets/resume-validations';
import { validateDataset } from '@/domain/datasets/validate-dataset';
import { addText, createDatasetWorld, type DatasetWorld, goodRows, inPieces, linesOf } from './support';

let world: DatasetWorld;
beforeAll(async () => {
  world = await createDatasetWorld();
});
afterAll(() => world.close());

const MINUTE_MS = 60_000;
const later = (ms: number) => ({ now: () => new Date(Date.now() + ms), monotonicMs: () => performance.now() });

async function write(key: string, ageMs: number): Promise<void> {
  await world.systemCtx().files.write(key, inPieces('x'));
  const at = new Date(Date.now() - ageMs);
  await utimes(path.join(world.folder, key), at, at);
}

async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of world.systemCtx().files.list('')) found.push(key);
  return found.sort();
}

test('files that no row names go after an hour, and only those', async () => {
  const anna = world.userCtx(await world.db.createUser());
  const named = await addText(anna, linesOf(goodRows(3)));
  const artifact = randomUUID();
  const dropped = randomUUID();
  await world.db.admin.query(
    `insert into lora_model_artifacts (id, user_id, name, files, status, deleted_at)
     values ($1, $3, 'kept', $4, 'ready', null), ($2, $3, 'deleted', $5, 'deleted', now())`,
    [
      artifact,
      dropped,
      anna.userId,
      JSON.stringify([{ key: `artifacts/${artifact}/0`, name: 'a', bytes: 1, sha256: 'x' }]),
      JSON.stringify([{ key: `artifacts/${dropped}/0`, name: 'a', bytes: 1, sha256: 'x' }]),
    ],
  );
  const kept = [
    `datasets/${named.id}/data`,
    `artifacts/${artifact}/0`,
    `datasets/${randomUUID()}/data`,
    `incoming/${randomUUID()}`,
  ];
  const [dataset = '', model = '', young = '', coming = ''] = kept;
  await write(dataset, 90 * MINUTE_MS);
  await write(model, 90 * MINUTE_MS);
  await write(young, 50 * MINUTE_MS);
  await write(coming, 50 * MINUTE_MS);
  for (const key of [
    `datasets/${randomUUID()}/data`,
    `datasets/${named.id}/other`,
    `datasets/unnamed`,
    `artifacts/${dropped}/0`,
    `artifacts/${artifact}/1`,
    `incoming/${randomUUID()}`,
  ]) {
    await write(key, 90 * MINUTE_MS);
  }
  expect(await removeUnnamedFiles(world.systemCtx())).toBe(6);
  expect(await keys()).toEqual(kept.sort());
  expect(await removeUnnamedFiles(world.systemCtx())).toBe(0);
  // an hour on, nobody has named the young ones either
  expect(await removeUnnamedFiles(world.systemCtx(later(60 * MINUTE_MS)))).toBe(2);
});

test('an account that is deleted takes its files with it', async () => {
  const [anna, berta] = [world.userCtx(await world.db.createUser()), world.userCtx(await world.db.createUser())];
  const gone = await addText(anna, linesOf(goodRows(4)));
  const stays = await addText(berta, linesOf(goodRows(4)));
  await deleteAccount(world.systemCtx(), anna.userId);
  expect(await removeUnnamedFiles(world.systemCtx())).toBe(0);
  expect(await removeUnnamedFiles(world.systemCtx(later(61 * MINUTE_MS)))).toBe(1);
  const { files } = world.systemCtx();
  expect([await files.size(`datasets/${gone.id}/data`), await files.size(`datasets/${stays.id}/data`)]).toEqual([
    null,
    stays.bytes,
  ]);
});

test('an upload without a sign of life for an hour is forgotten, others are not', async () => {
  const { userId } = await world.db.createUser();
  await world.db.admin.query(
    `insert into lora_datasets (user_id, name, status, updated_at)
     select $1, status || ' ' || age, status, now() - age * interval '1 minute'
     from unnest(array['uploading', 'validating', 'ready']) status, unnest(array[50, 70]) age`,
    [userId],
  );
  expect(await removeUnfinishedUploads(world.systemCtx())).toBe(1);
  const { rows } = await world.db.admin.query('select name from lora_datasets where user_id = $1 order by name', [
    userId,
  ]);
  expect(rows.map(({ name }) => name)).toEqual([
    'ready 50',
    'ready 70',
    'uploading 50',
    'validating 50',
    'validating 70',
  ]);
  await world.db.admin.query('delete from lora_datasets where user_id = $1', [userId]);
});

test('a validation that stands still is sent again, one that goes on or has ended is not', async () => {
  const anna = world.userCtx(await world.db.createUser());
  const still = await addText(anna, linesOf(goodRows(5)));
  const done = await addText(anna, linesOf(goodRows(6)));
  await validateDataset(world.systemCtx(), done.id);
  world.sent.length = 0;
  expect(await resumeValidations(world.systemCtx())).toBe(0);
  await resumeValidations(world.systemCtx(later(11 * MINUTE_MS)));
  expect(world.sent).toContain(`validate-dataset ${still.id}`);
  expect(world.sent).not.toContain(`validate-dataset ${done.id}`);
});
