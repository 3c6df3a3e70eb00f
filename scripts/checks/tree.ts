import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The text files of a tree by their path from its root, with forward slashes. */
export type Tree = ReadonlyMap<string, string>;

/** Something that a check objects to. */
export interface Problem {
  readonly file: string;
  readonly line?: number;
  readonly message: string;
}

const NOT_TEXT = /\.(woff2|png|jpg|gz|ico|zip|parquet)$/;
const SKIPPED = new Set(['node_modules', '.git', '.next', '.pipeline', 'coverage', 'test-results']);

/** What git knows or would take in; outside a repository, everything but what tools make. */
function listFiles(root: string): string[] {
  try {
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return [...new Set(listed.split('\0'))].filter((file) => file !== '' && existsSync(path.join(root, file)));
  } catch {
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
      .filter((file) => !file.split('/').some((part) => SKIPPED.has(part)));
  }
}

/** Reads the tree below a folder; files without text are there, with an empty text. */
export function readTree(root: string): Tree {
  const files = listFiles(root).sort();
  return new Map(files.map((file) => [file, NOT_TEXT.test(file) ? '' : readFileSync(path.join(root, file), 'utf8')]));
}

/** The number of the line in which a position is. */
export const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;
