import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDataset } from '@/domain/datasets/read-dataset';
import { validateDataset } from '@/domain/datasets/validate-dataset';
import { systemClock } from '@/lib/clock';
import { addText, createDatasetWorld, type DatasetCtx, type DatasetWorld, goodRows, linesOf } from './support';

let world: DatasetWorld;
let ctx: DatasetCtx;
beforeAll(async () => {
  world = await createDatasetWorld();
  ctx = world.userCtx(await world.db.createUser());
});
afterAll(() => world.close());

const notices = async (id: string) => {
  const { rows } = await world.db.admin.query(
    "select type, title, message, action_url from lora_notifications where metadata ->> 'dataset_id' = $1 order by seq",
    [id],
  );
  return rows;
};

let serial = 0;
const fresh = (n = 10) => linesOf([...goodRows(n), { prompt: 'serial', completion: String(serial++) }]);

test('a ready dataset is told once, with its numbers and what to do next', async () => {
  const { id } = await addText(ctx, `${fresh(49)}${linesOf(goodRows(1))}{"prompt":1}\n`, {
    name: 'Sums',
    tokenizer: 'bytes',
  });
  await validateDataset(world.systemCtx(), id);
  const { rows_training, rows_validation, tokens, status } = await readDataset(ctx, { id });
  expect(status).toBe('ready');
  expect(await notices(id)).toEqual([
    {
      type: 'dataset_ready',
      title: 'Dataset ready: Sums',
      message:
        `${rows_training} rows for training, ${rows_validation} ${rows_validation === 1 ? 'row' : 'rows'} for validation; ` +
        `${tokens?.toLocaleString('en-US')} tokens (bytes). Format: prompt and completion. 1 row was left out. ` +
        '1 row repeats an earlier one. Next: configure a run with it.',
      action_url: `/datasets/${id}`,
    },
  ]);
});

test('an invalid dataset is told with the reason and what to do', async () => {
  const { id } = await addText(ctx, `prompt,completion\n${serial++}`, { name: 'A table' });
  await validateDataset(world.systemCtx(), id);
  const [notice] = await notices(id);
  expect(notice).toMatchObject({ type: 'dataset_invalid', title: 'Dataset cannot be used: A table' });
  expect(notice.message).toMatch(/^None of the first rows .* Mend the file and upload it again\.$/);
});

test('validating again, also at the same time, changes nothing and tells nothing anew', async () => {
  const { id } = await addText(ctx, fresh(200));
  await Promise.all(Array.from({ length: 4 }, () => validateDataset(world.systemCtx(), id)));
  const first = await readDataset(ctx, { id });
  await validateDataset(world.systemCtx(), id);
  expect(await readDataset(ctx, { id })).toEqual(first);
  expect(first.status).toBe('ready');
  expect(await notices(id)).toHaveLength(1);
});

test('an id that no dataset has, and one whose upload goes on, are passed over', async () => {
  await validateDataset(world.systemCtx(), '00000000-0000-4000-8000-000000000000');
  const { rows } = await world.db.admin.query(
    "insert into lora_datasets (user_id, name) values ($1, 'going on') returning id",
    [ctx.userId],
  );
  await validateDataset(world.systemCtx(), rows[0].id);
  expect((await readDataset(ctx, { id: rows[0].id })).status).toBe('uploading');
  await world.db.admin.query('delete from lora_datasets where id = $1', [rows[0].id]);
});

test('a file that is gone makes the dataset invalid', async () => {
  const { id } = await addText(ctx, fresh());
  await ctx.files.remove(`datasets/${id}/data`);
  await validateDataset(world.systemCtx(), id);
  expect(await readDataset(ctx, { id })).toMatchObject({
    status: 'invalid',
    failure: expect.stringContaining('not in the store'),
  });
});

test('a store that is away leaves the dataset waiting, and the next try ends it', async () => {
  const { id } = await addText(ctx, fresh());
  const system = world.systemCtx();
  const away = { ...system.files, read: () => Promise.reject(new Error('EIO')) };
  await expect(validateDataset({ ...system, files: away }, id)).rejects.toThrow('EIO');
  expect((await readDataset(ctx, { id })).status).toBe('validating');
  await validateDataset(system, id);
  expect((await readDataset(ctx, { id })).status).toBe('ready');
});

test('progress is written while it runs, and a dataset that is deleted meanwhile ends it', async () => {
  const content = fresh(20_000);
  const { id, bytes } = await addText(ctx, content);
  const seen: { bytes_read: number; rows_total: number | null; tokens: number | null }[] = [];
  let ms = 0;
  // each look at the clock is a second later, so that progress is due at every chance
  const clock = { ...systemClock, monotonicMs: () => (ms += 1_000) };
  const system = world.systemCtx(clock);
  const session: typeof system.session = {
    ...system.session,
    async run(...queries) {
      const answer = await system.session.run(...queries);
      seen.push(await readDataset(ctx, { id }));
      if (seen.length === 3) await world.db.admin.query('delete from lora_datasets where id = $1', [id]);
      return answer;
    },
  };
  await validateDataset({ ...system, session }, id).catch(() => undefined);
  expect(seen).toHaveLength(3);
  const reads = seen.map(({ bytes_read }) => bytes_read);
  expect(reads).toEqual(reads.toSorted((a, b) => a - b));
  expect(reads[0]).toBeGreaterThan(0);
  expect(reads.at(-1)).toBeLessThan(bytes ?? 0);
  expect(seen[2]?.rows_total).toBeGreaterThan(seen[0]?.rows_total ?? Number.POSITIVE_INFINITY);
  expect(await notices(id)).toEqual([]);
});

test('others get their turn while a text without blanks is counted', async () => {
  // the worst there is for a vocabulary: no place to cut, and every character a token
  const { id } = await addText(
    ctx,
    linesOf(Array.from({ length: 20 }, (_, i) => ({ text: `${i}${'漢字'.repeat(50_000)}` }))),
  );
  let turns = 0;
  let longestMs = 0;
  let last = performance.now();
  const tick = setInterval(() => {
    turns += 1;
    longestMs = Math.max(longestMs, performance.now() - last);
    last = performance.now();
  }, 1);
  await validateDataset(world.systemCtx(), id);
  clearInterval(tick);
  console.log(`validating 6 MB of Chinese: ${turns} turns of others, the longest wait ${longestMs.toFixed(0)} ms`);
  expect(turns).toBeGreaterThan(20);
  expect((await readDataset(ctx, { id })).status).toBe('ready');
}, 60_000);
