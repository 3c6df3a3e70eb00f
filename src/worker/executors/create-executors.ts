import type { FileStore } from '@/lib/file-store';
import type { Executor } from '@/worker/executors/executor';
import { LocalExecutor } from '@/worker/executors/local/local-executor';
import type { Trainers } from '@/worker/executors/local/trainer-registry';

/** Where attempts of this installation can run, by the name that a job chooses. */
export type Executors = ReadonlyMap<string, Executor>;

export interface ExecutorParts {
  /** Absolute. */
  readonly dataDir: string;
  readonly files: FileStore;
  readonly trainers: Trainers;
}

/** Every executor of the product; a new one is added here, see `docs/executors.md`. */
export function createExecutors(parts: ExecutorParts): Executors {
  const executors: Executor[] = [new LocalExecutor(parts)];
  return new Map(executors.map((executor) => [executor.name, executor]));
}
