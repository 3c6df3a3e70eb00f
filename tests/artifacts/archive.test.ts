import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { prepareArchive } from '@/domain/artifacts/archive';
import type { FileStore } from '@/lib/file-store';

const MEGABYTE = 1_000_000;

/** A store of endless patience that remembers what is open. */
function slowStore() {
  const open = new Set<Readable>();
  const read = async () => {
    const source = Readable.from(
      (function* () {
        for (let n = 0; n < 10; n += 1) yield Buffer.alloc(MEGABYTE / 10, n);
      })(),
      { objectMode: false },
    );
    open.add(source.once('close', () => open.delete(source)));
    return source;
  };
  return { open, store: { read } as unknown as FileStore };
}

const files = ['a', 'b', 'c'].map((name) => ({ name, key: name, bytes: MEGABYTE, sha256: '' }));
const closed = (stream: Readable) => new Promise((resolve) => stream.once('close', resolve));

it('opens nothing before somebody reads, and is as long as it says', async () => {
  const { open, store } = slowStore();
  const archive = await prepareArchive(store, files, new Date('2026-05-01T00:00:00Z'));
  expect(open.size).toBe(0);
  let bytes = 0;
  for await (const chunk of archive.open()) bytes += (chunk as Buffer).length;
  expect(bytes).toBe(archive.bytes);
  expect(bytes).toBeGreaterThan(3 * MEGABYTE);
  expect(open.size).toBe(0);
});

it('leaves no file open when its reader goes away', async () => {
  const { open, store } = slowStore();
  const content = (await prepareArchive(store, files, new Date('2026-05-01T00:00:00Z'))).open();
  for await (const _ of content) {
    expect(open.size).toBe(1);
    break;
  }
  if (!content.closed) await closed(content);
  await new Promise((resolve) => setImmediate(resolve));
  expect(open.size).toBe(0);
});

it('tells its reader when a file is gone', async () => {
  const store = { read: () => Promise.reject(new Error('gone')) } as unknown as FileStore;
  const content = (await prepareArchive(store, files, new Date('2026-05-01T00:00:00Z'))).open();
  await expect(content.toArray()).rejects.toThrow('gone');
});
