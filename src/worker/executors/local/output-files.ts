import { constants } from 'node:fs';
import { lstat, open, readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { notFound } from '@/lib/errors';
import type { RunFile } from '@/worker/executors/executor';

const MOST_FILES = 1_000;
const DEEPEST = 4;

/** The plain files below a folder, by name; links and everything else that is no file are left out. */
export async function listOutput(root: string): Promise<RunFile[]> {
  const found: RunFile[] = [];
  const walk = async (folder: string, depth: number): Promise<void> => {
    for (const entry of await readdir(path.join(root, folder), { withFileTypes: true })) {
      const name = path.posix.join(folder, entry.name);
      if (entry.isDirectory() && depth < DEEPEST) await walk(name, depth + 1);
      if (entry.isFile() && found.length < MOST_FILES) {
        found.push({ name, bytes: (await lstat(path.join(root, name))).size });
      }
    }
  };
  await walk('', 1);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const isPlainName = (name: string): boolean =>
  name !== '' && name.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'));

/**
 * Streams a plain file of a folder.
 *
 * @throws PipelineError `not_found` for whatever is none, leads out of the folder or is reached by a link
 */
export async function readOutput(root: string, name: string): Promise<Readable> {
  if (!isPlainName(name)) throw notFound('file');
  const place = path.join(await realpath(root), name);
  const real = await realpath(place).catch(() => null);
  if (real !== place) throw notFound('file');
  // a pipe in the place of a file must not keep us waiting
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(place, flags).catch(() => null);
  if (file === null) throw notFound('file');
  if ((await file.stat()).isFile()) return file.createReadStream();
  await file.close();
  throw notFound('file');
}
