import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@/lib/log';
import { type PostgresVersion, prepareBinaries } from './binaries';
import { clusterVersion, createCluster, readPassword } from './create-cluster';
import { EmbeddedError } from './embedded-error';
import { findHome, type Home } from './home';
import { type Lock, tryExclusive, tryShared, waitExclusive } from './locks';
import { choosePort, rememberPort } from './port';
import { findPostmaster, launch, type Postmaster, stopPostmaster, waitReady, waitStopped } from './postmaster';
import { supervise } from './supervise';

export interface EmbeddedOptions {
  /** The product's data folder; the database is in a folder inside it (or where the log says). */
  dataDir: string;
  log: Logger;
  version?: PostgresVersion;
  /** False only in tests: nothing is forced to the disk, and a crash may lose data. */
  durable?: boolean;
  /** A fixed port of 127.0.0.1; by default the one of the last time, else a random free one. */
  port?: number;
}

export interface EmbeddedPostgres {
  /** The administrator's address; the password in it is random and of this cluster. */
  adminUrl: string;
  port: number;
  /** The folder that holds cluster, password and logs. */
  folder: string;
  /** Whether the server was running already. */
  joined: boolean;
  /** The process id of the server at the moment; another one after a restart. */
  pid(): number;
  /** Leaves the server. The last process to leave stops it. */
  stop(): Promise<void>;
}

const startLock = (home: Home) => path.join(home.folder, 'start.lock');
const usersLock = (home: Home) => path.join(home.folder, 'users.lock');

const START_WAIT_MS = 120_000;
const RESTART_WAIT_MS = 15_000;

async function lockStart(home: Home, log: Logger): Promise<Lock> {
  const lock = await waitExclusive(startLock(home), START_WAIT_MS, () =>
    log.info({ folder: home.folder }, 'waiting for another process that is starting or stopping the database'),
  );
  if (lock) return lock;
  throw new EmbeddedError(
    `Another process has been starting the database in ${home.folder} for two minutes. End it first.`,
  );
}

/** The live server, once it is neither on its way up nor on its way down. */
async function settledPostmaster(home: Home): Promise<Postmaster | null> {
  const found = findPostmaster(home);
  if (!found || found.status === 'ready') return found;
  if (found.status !== 'stopping') return waitReady(home, found.pid);
  await waitStopped(home, found.pid);
  return null;
}

/** Nobody else uses this cluster: only then may a server be started on it by somebody who just came. */
function isUnused(home: Home): boolean {
  const alone = tryExclusive(usersLock(home));
  alone?.release();
  return alone !== null;
}

function checkVersion(home: Home, wanted: PostgresVersion): void {
  const found = clusterVersion(home);
  if (found === null || found === wanted) return;
  throw new EmbeddedError(
    `The database in ${home.folder} was made by Postgres ${found}, and this is Postgres ${wanted}. ` +
      'Set PIPELINE_DATA_DIR to another folder, or run the release that made it.',
  );
}

async function startServer(home: Home, options: EmbeddedOptions): Promise<Postmaster> {
  const { log, version = 18, durable = true } = options;
  checkVersion(home, version);
  const binaries = prepareBinaries(version, home, log);
  if (clusterVersion(home) === null) {
    log.info({ folder: home.folder }, 'making a new database');
    await createCluster(home, binaries, { version, durable });
  }
  const port = options.port ?? (await choosePort(home));
  const started = await launch(home, binaries, { port, durable });
  rememberPort(home, port);
  return started;
}

interface Entered {
  server: Postmaster;
  joined: boolean;
  membership: Lock;
}

/** One try to get in; null: others use the cluster, yet its server is down or elsewhere. */
async function tryEnter(home: Home, options: EmbeddedOptions): Promise<Entered | null> {
  const starting = await lockStart(home, options.log);
  try {
    const running = await settledPostmaster(home);
    if (!running && !isUnused(home)) return null;
    const server = running ?? (await startServer(home, options));
    const membership = tryShared(usersLock(home));
    if (!membership) throw new EmbeddedError(`The lock ${usersLock(home)} is held by a foreign program. End it first.`);
    return { server, joined: running !== null, membership };
  } finally {
    starting.release();
  }
}

/** When a server dies, the processes that use it restart it; if none does, they cannot be on this machine. */
async function enter(home: Home, options: EmbeddedOptions): Promise<Entered> {
  const end = performance.now() + RESTART_WAIT_MS;
  for (;;) {
    const entered = await tryEnter(home, options);
    if (entered) return entered;
    if (performance.now() > end) {
      throw new EmbeddedError(
        `The database in ${home.folder} is in use by a process whose server is not reachable from here ` +
          '(another container?). Stop that process first, or set PIPELINE_DATA_DIR to another folder.',
      );
    }
    await sleep(250);
  }
}

/**
 * Starts the embedded Postgres of a data folder, or joins the one that runs already. Watches over the server: one that
 * dies while this process uses it is started again on the same port.
 * @throws EmbeddedError with a sentence for the user when the database cannot run here.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { log } = options;
  const home = findHome(options.dataDir, log);
  const { server, joined, membership } = await enter(home, options);
  const { port } = server;
  let current = server;
  const watch = supervise({
    home,
    log,
    current: () => current,
    restart: async () => {
      const starting = await lockStart(home, log);
      try {
        current = (await settledPostmaster(home)) ?? (await startServer(home, { ...options, port }));
      } finally {
        starting.release();
      }
    },
  });
  const leave = async () => {
    await watch.end(); // before the lock: a restart that is under way needs it
    const starting = await lockStart(home, log);
    try {
      membership.release();
      if (isUnused(home)) await stopPostmaster(home, current.pid);
    } finally {
      starting.release();
    }
  };
  let leaving: Promise<void> | undefined;
  return {
    adminUrl: `postgres://postgres:${readPassword(home)}@127.0.0.1:${port}/postgres`,
    port,
    folder: home.folder,
    joined,
    pid: () => current.pid,
    stop: () => {
      leaving ??= leave();
      return leaving;
    },
  };
}
