import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { tryExclusive } from '@/db/embedded/locks';
import { findPostmaster, stopPostmaster } from '@/db/embedded/postmaster';

/** How the data folders of test runs begin, below the folder for temporary files. */
export const TEST_FOLDER = 'pipeline-tests-';

const YOUNG_MS = 120_000;

function isInUse(folder: string): boolean {
  if (Date.now() - statSync(folder).mtimeMs < YOUNG_MS) return true;
  const lockFile = path.join(folder, 'postgres', 'users.lock');
  if (!existsSync(lockFile)) return false;
  const lock = tryExclusive(lockFile);
  lock?.release();
  return lock === null;
}

async function removeCluster(folder: string): Promise<void> {
  const home = { folder: path.join(folder, 'postgres'), pgData: path.join(folder, 'postgres', 'data'), account: null };
  const server = findPostmaster(home);
  if (server) await stopPostmaster(home, server.pid);
  rmSync(folder, { recursive: true, force: true });
}

/** Ends servers and removes folders that killed test runs left behind; those of living runs stay. */
export async function removeAbandonedClusters(): Promise<void> {
  const mine = readdirSync(os.tmpdir())
    .filter((name) => name.startsWith(TEST_FOLDER))
    .map((name) => path.join(os.tmpdir(), name));
  for (const folder of mine) {
    try {
      if (!isInUse(folder)) await removeCluster(folder);
    } catch {
      // another user's, or another run was faster
    }
  }
}
