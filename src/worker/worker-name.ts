import os from 'node:os';
import { identify, isAlive, processSpace } from '@/worker/executors/local/processes';

/** How a process that runs attempts names itself in their rows. */
export interface WorkerName {
  /** The machine; what ran on it can be asked there. */
  readonly host: string;
  /** `host:pid:start`; told apart from a later process of the same number. */
  readonly worker: string;
}

/** Process numbers mean something in one boot and one space of them only, so the start names both. */
const placeOf = (): string => {
  const { boot, space } = processSpace();
  return `${boot.slice(0, 8)}.${space.replaceAll(/\D/g, '')}`;
};

export function nameWorker(pid = process.pid): WorkerName {
  const host = os.hostname().slice(0, 200) || 'localhost';
  return { host, worker: `${host}:${pid}:${placeOf()}.${identify(pid).began.replaceAll(/\W/g, '')}` };
}

/** Whether a worker of this machine is surely dead; of one in another container only its lease tells. */
export function isDead(worker: string): boolean {
  const [, pid, place, began] = worker.match(/:(\d+):(\w*\.\d*)\.(\w*)$/) ?? [];
  if (pid === undefined || place !== placeOf()) return false;
  const now = identify(Number(pid));
  return !isAlive(now) || now.began.replaceAll(/\W/g, '') !== began;
}
