import { createHash, randomUUID } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import fs, { type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { notFound } from '@/lib/errors';
import { type FileStore, type StoredFile, StoreFullError } from '@/lib/file-store';
import { folderOf, INCOMING, segmentsOf } from './file-key';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR']);

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException | null)?.code ?? '');

/** Opens a file, as `fs.promises.open` does; a test passes a disk that fills up. */
type Open = (file: string, flags: string | number, mode?: number) => Promise<FileHandle>;

/**
 * Files in a folder of this machine, seen by this account only. A file gets its name when it is whole and on the disk;
 * no symbolic link below the folder is followed.
 */
export function createLocalFiles(root: string, open: Open = fs.open): FileStore {
  return {
    write: (key, content) => write(root, key, content, open),
    async read(key, range) {
      const handle = await openPlain(root, key, open);
      if (handle === null) throw notFound('file');
      return streamOf(handle, range);
    },
    async size(key) {
      const handle = await openPlain(root, key, open);
      if (handle === null) return null;
      try {
        return (await handle.stat()).size;
      } finally {
        await handle.close();
      }
    },
    async remove(key) {
      const file = await locate(root, key);
      if (file === null) return;
      await fs.rm(file, { force: true });
      await removeEmptyFolders(root, path.dirname(file));
    },
    list: (prefix) => listFrom(root, prefix),
  };
}

async function write(root: string, key: string, content: AsyncIterable<Uint8Array>, open: Open): Promise<StoredFile> {
  const segments = segmentsOf(key);
  const waiting = path.join(await makeFolder(root, [INCOMING]), randomUUID());
  try {
    const stored = await writeSynced(waiting, content, open);
    const folder = await makeFolder(root, segments.slice(0, -1));
    await fs.rename(waiting, path.join(folder, segments.at(-1) ?? ''));
    await syncFolder(folder);
    return stored;
  } catch (error) {
    await fs.rm(waiting, { force: true });
    if (FULL.has(codeOf(error))) throw new StoreFullError('the disk is full', { cause: error });
    throw error;
  }
}

async function writeSynced(file: string, content: AsyncIterable<Uint8Array>, open: Open): Promise<StoredFile> {
  const handle = await open(file, 'wx', 0o600);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of content) {
      hash.update(chunk);
      for (let at = 0; at < chunk.byteLength; ) at += (await handle.write(chunk, at)).bytesWritten;
      bytes += chunk.byteLength;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { bytes, sha256: hash.digest() };
}

/** Makes a folder below the root, each new one synced in its parent. @throws TypeError where a link leads elsewhere */
async function makeFolder(root: string, segments: readonly string[]): Promise<string> {
  await fs.mkdir(root, { recursive: true, mode: 0o700 });
  let folder = await fs.realpath(root);
  for (const segment of segments) {
    const parent = folder;
    folder = path.join(parent, segment);
    try {
      await fs.mkdir(folder, { mode: 0o700 });
      await syncFolder(parent);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  }
  if ((await fs.realpath(folder)) !== folder) throw new TypeError('a folder of the store is a symbolic link');
  return folder;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await fs.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The place of a key whose folders are all real; null where they are not there, or one of them is a link. */
async function locate(root: string, key: string): Promise<string | null> {
  const segments = segmentsOf(key);
  try {
    const wanted = path.join(await fs.realpath(root), ...segments.slice(0, -1));
    return (await fs.realpath(wanted)) === wanted ? path.join(wanted, segments.at(-1) ?? '') : null;
  } catch (error) {
    if (ABSENT.has(codeOf(error))) return null;
    throw error;
  }
}

async function openPlain(root: string, key: string, open: Open): Promise<FileHandle | null> {
  const file = await locate(root, key);
  if (file === null) return null;
  let handle: FileHandle;
  try {
    // not blocking: a pipe that somebody put there would else hold the opener up for ever
    handle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (ABSENT.has(codeOf(error))) return null;
    throw error;
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return null;
}

function streamOf(handle: FileHandle, range: { start: number; end: number } | undefined): Readable {
  return handle.createReadStream({ ...range, autoClose: true });
}

/** Removes folders that hold nothing, but for the first level: another file may be about to be named there. */
async function removeEmptyFolders(root: string, folder: string): Promise<void> {
  const top = await fs.realpath(root);
  for (let each = folder; each.startsWith(top + path.sep); each = path.dirname(each)) {
    if (path.dirname(each) === top) return;
    try {
      await fs.rmdir(each);
    } catch {
      return;
    }
  }
}

async function* listFrom(root: string, prefix: string): AsyncGenerator<{ key: string; changedAt: Date }> {
  const segments = folderOf(prefix);
  for await (const key of filesBelow(path.join(root, ...segments), segments)) {
    if (!key.startsWith(prefix)) continue;
    const stats = await fs.lstat(path.join(root, ...key.split('/'))).catch(() => null);
    if (stats?.isFile()) yield { key, changedAt: stats.mtime };
  }
}

async function* filesBelow(folder: string, segments: readonly string[]): AsyncGenerator<string> {
  let entries: Dirent[];
  try {
    entries = await fs.readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (ABSENT.has(codeOf(error))) return;
    throw error;
  }
  for (const entry of entries) {
    const below = [...segments, entry.name];
    if (entry.isDirectory()) yield* filesBelow(path.join(folder, entry.name), below);
    else if (entry.isFile()) yield below.join('/');
  }
}
