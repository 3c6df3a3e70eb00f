import { randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StoreFullError } from '@/lib/file-store';
import { createLocalFiles } from '@/storage/local-files';
import { describeFileStore } from './file-store-contract';

let folder: string;
let root: string;
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'pipeline-files-'));
  root = path.join(folder, 'files');
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

describeFileStore('files in a folder', () => ({ files: createLocalFiles(root) }));

const content = async function* (bytes = 1) {
  yield Buffer.alloc(bytes, 'x');
};

/** Everything below a folder, relative to it. */
const below = async (where: string): Promise<string[]> => (await fs.readdir(where, { recursive: true })).sort();

test('a disk that fills up gives StoreFullError and keeps nothing of the file', async () => {
  const place = path.join(folder, 'full');
  // a disk with room for 100 kB
  const open: typeof fs.open = async (file, flags, mode) => {
    const handle = await fs.open(file, flags, mode);
    let room = 100_000;
    const write = handle.write.bind(handle);
    const limited = async (chunk: Uint8Array, at = 0) => {
      if (room === 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      const taken = Math.min(room, chunk.byteLength - at);
      room -= taken;
      return write(chunk, at, taken);
    };
    return Object.assign(handle, { write: limited });
  };
  const files = createLocalFiles(place, open);
  await expect(files.write('datasets/a/data', content(300_000))).rejects.toThrow(StoreFullError);
  expect(await below(place)).toEqual(['incoming']);
  // the same disk, once there is room
  expect((await files.write('datasets/a/data', content(90_000))).bytes).toBe(90_000);
  expect(await files.size('datasets/a/data')).toBe(90_000);
});

test('no symbolic link is followed, neither a file nor a folder', async () => {
  const place = path.join(folder, 'links');
  const files = createLocalFiles(place);
  const outside = path.join(folder, 'outside');
  await fs.mkdir(outside);
  await fs.writeFile(path.join(outside, 'data'), 'secret');
  await files.write('datasets/real/data', content());
  await fs.symlink(path.join(outside, 'data'), path.join(place, 'datasets', 'real', 'link'));
  await fs.symlink(outside, path.join(place, 'datasets', 'linked'));

  for (const key of ['datasets/real/link', 'datasets/linked/data']) {
    expect(await files.size(key)).toBeNull();
    await expect(files.read(key)).rejects.toMatchObject({ code: 'not_found' });
  }
  await expect(files.write('datasets/linked/new', content())).rejects.toThrow(TypeError);
  await files.remove('datasets/linked/data');
  expect(await below(outside)).toEqual(['data']);
  const listed: string[] = [];
  for await (const { key } of files.list('datasets/')) listed.push(key);
  expect(listed).toEqual(['datasets/real/data']);
  // what is no link is reached
  expect(await files.size('datasets/real/data')).toBe(1);
});

test('a root that is itself reached by a link works', async () => {
  const link = path.join(folder, 'by-link');
  await fs.mkdir(path.join(folder, 'behind'));
  await fs.symlink(path.join(folder, 'behind'), link);
  const files = createLocalFiles(link);
  await files.write('datasets/a/data', content(5));
  expect(await files.size('datasets/a/data')).toBe(5);
});

test('a file of a process that was killed stays among the incoming ones, where it is listed', async () => {
  const place = path.join(folder, 'killed');
  const files = createLocalFiles(place);
  await files.write('datasets/a/data', content());
  const left = `incoming/${randomUUID()}`;
  await fs.writeFile(path.join(place, left), 'half');
  const listed: string[] = [];
  for await (const { key } of files.list('incoming/')) listed.push(key);
  expect(listed).toEqual([left]);
  await files.remove(left);
  expect(await below(path.join(place, 'incoming'))).toEqual([]);
});

test('files and folders are for this account only', async () => {
  const place = path.join(folder, 'private');
  await createLocalFiles(place).write('datasets/a/data', content());
  const modes = ['', 'datasets', 'datasets/a', 'datasets/a/data'].map(async (each) =>
    ((await fs.stat(path.join(place, each))).mode & 0o777).toString(8),
  );
  expect(await Promise.all(modes)).toEqual(['700', '700', '700', '600']);
});

test('a folder that lost its last file goes, the first level stays', async () => {
  const place = path.join(folder, 'empty');
  const files = createLocalFiles(place);
  await files.write('datasets/a/data', content());
  await files.remove('datasets/a/data');
  expect(await below(place)).toEqual(['datasets', 'incoming']);
});
