import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StoreFullError } from '@/lib/file-store';
import { createSupabaseFiles } from '@/storage/supabase-files';
import { type FakeStorage, startFakeStorage } from './fake-storage-server';
import { describeFileStore } from './file-store-contract';

let storage: FakeStorage;
beforeAll(async () => {
  storage = await startFakeStorage();
});
afterAll(() => storage.close());

const open = (secretKey = 'secret-key') => createSupabaseFiles({ url: storage.url, secretKey, bucket: 'pipeline' });

describeFileStore('files in Supabase Storage', () => ({ files: open() }));

const content = async function* (bytes = 1) {
  for (let left = bytes; left > 0; left -= 100_000) yield Buffer.alloc(Math.min(left, 100_000), 'x');
};

test('the bucket is made, and is private', async () => {
  storage.buckets.clear();
  await open().write(`datasets/${randomUUID()}/data`, content());
  expect([...storage.buckets]).toEqual([['pipeline', false]]);
});

test('a bucket that takes no more gives StoreFullError and keeps nothing of the file', async () => {
  storage.mostBytes = 100_000;
  const key = `datasets/${randomUUID()}/data`;
  const files = open();
  await expect(files.write(key, content(500_000))).rejects.toThrow(StoreFullError);
  expect([...storage.objects.keys()].filter((each) => each.includes('incoming/') || each.endsWith(key))).toEqual([]);
  storage.mostBytes = 1e9;
  expect((await files.write(key, content(500_000))).bytes).toBe(500_000);
});

test('a store that does not answer is unavailable, and works again when it does', async () => {
  const files = open();
  const key = `datasets/${randomUUID()}/data`;
  storage.away = true;
  const refusal = { name: 'PipelineError', code: 'unavailable' };
  await expect(files.write(key, content())).rejects.toMatchObject(refusal);
  await expect(files.read(key)).rejects.toMatchObject(refusal);
  await expect(files.size(key)).rejects.toMatchObject(refusal);
  await expect(files.remove(key)).rejects.toMatchObject(refusal);
  storage.away = false;
  expect((await files.write(key, content())).bytes).toBe(1);
});

test('a key that Storage does not take is unavailable and never in the error', async () => {
  const error = await open('wrong-key')
    .write(`datasets/${randomUUID()}/data`, content())
    .catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'unavailable' });
  expect(String((error as Error).message)).not.toContain('wrong-key');
});

test('more objects than a page holds are all listed', async () => {
  const folder = randomUUID();
  for (let i = 0; i < 1_050; i++) {
    storage.objects.set(`pipeline/artifacts/${folder}/${i}`, {
      content: Buffer.alloc(1),
      at: new Date().toISOString(),
    });
  }
  let listed = 0;
  for await (const _ of open().list(`artifacts/${folder}/`)) listed++;
  expect(listed).toBe(1_050);
});
