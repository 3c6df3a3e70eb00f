import { DatabaseSync } from 'node:sqlite';

/** A lock between processes. The operating system lets go of it when its holder dies, however it dies. */
export interface Lock {
  release(): void;
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && (error.errcode === 5 || error.errcode === 6);

/** An empty SQLite file, because Node offers no file locks of its own and SQLite's hold on every platform. */
function take(file: string, begin: string, waitMs: number): Lock | null {
  const database = new DatabaseSync(file, { timeout: waitMs });
  try {
    database.exec(begin);
    database.prepare('pragma schema_version').get();
  } catch (error) {
    database.close();
    if (isBusy(error)) return null;
    throw error;
  }
  return { release: () => database.isOpen && database.close() };
}

/** The lock for oneself alone, or null while anybody else holds it in either way. Does not wait. */
export const tryExclusive = (file: string): Lock | null => take(file, 'begin exclusive', 0);

/** The lock together with others, or null while somebody holds it alone. */
export const tryShared = (file: string): Lock | null => take(file, 'begin', 1000);

/** Waits for the exclusive lock; `onWait` is called once if it is not free at once. Null after `timeoutMs`. */
export async function waitExclusive(file: string, timeoutMs: number, onWait: () => void): Promise<Lock | null> {
  const end = performance.now() + timeoutMs;
  for (let first = true; ; first = false) {
    const lock = tryExclusive(file);
    if (lock || performance.now() > end) return lock;
    if (first) onWait();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
