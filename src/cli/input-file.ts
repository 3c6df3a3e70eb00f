import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { CommandError } from '@/cli/command-error';

/** A file that a command was told to read. */
export interface InputFile {
  readonly stream: Readable;
  /** Null where it is not known beforehand. */
  readonly size: number | null;
}

/** Opens a file, or with `-` the standard input. @throws CommandError where it cannot be read */
export async function openInputFile(file: string): Promise<InputFile> {
  if (file === '-') return { stream: process.stdin, size: null };
  try {
    const handle = await open(file, 'r');
    const stats = await handle.stat();
    await handle.close();
    if (stats.isDirectory()) throw new CommandError(`${file} is a folder. Name a file.`);
    return { stream: createReadStream(file), size: stats.isFile() ? stats.size : null };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw new CommandError(`There is no file ${file}.`);
    if (code === 'EACCES') throw new CommandError(`The file ${file} may not be read by this user.`);
    throw error;
  }
}
