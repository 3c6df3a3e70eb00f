import { readFileSync } from 'node:fs';
import {
  type Child,
  freePort,
  killHard,
  listProcesses,
  makeDataDir,
  runCommand,
  startCommand,
} from '@tests/server/support';

/** The real product in processes of its own, on a database that forces every commit to the disk. */
export interface Product {
  readonly url: string;
  /** The administrator's address of its database. */
  databaseUrl(): Promise<string>;
  /** Kills the server's process; its launcher starts another. */
  killServer(): void;
  /** Kills the database's first process and all of its children; whoever runs the product has to mend that. */
  killDatabase(): void;
  /** Waits until requests that need the database are answered; gives the time it took, ms. */
  ready(withinMs: number): Promise<number>;
  signUp(email: string): Promise<{ id: string; token: string }>;
  /** Asks the product to end, as a service manager does; its data stays. */
  end(): Promise<Ended>;
  /** Starts it again on the same data, after it ended. */
  startAgain(): Promise<void>;
  /** Memory of the server's process, bytes. */
  memory(): number;
  /** The processes of its database that are alive. */
  databaseProcesses(): number[];
  /** Ends the product where it runs, and removes its data. */
  stop(): Promise<void>;
  output(): string;
}

export interface Ended {
  readonly code: number | NodeJS.Signals;
  readonly ms: number;
}

const PASSWORD = 'a long enough password';
const START_MS = 180_000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The processes of the database in this folder: the one that started it, and its children. */
function databaseOf(dataDir: string): number[] {
  const running = listProcesses();
  const isFirst = (command: string) => command.includes('postgres') && command.includes(`-D ${dataDir}/`);
  const first = running.find(({ command }) => isFirst(command))?.pid;
  return running.filter(({ pid, parent }) => pid === first || parent === first).map(({ pid }) => pid);
}

/** Whether a request that needs the database is answered; health alone is a second old. */
async function isServing(url: string, token: string | undefined): Promise<boolean> {
  const signal = AbortSignal.timeout(3_000);
  try {
    const answer = token
      ? await fetch(`${url}/api/me`, { headers: { authorization: `Bearer ${token}` }, signal })
      : await fetch(`${url}/api/health`, { signal });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

async function signUp(url: string, email: string): Promise<{ id: string; token: string }> {
  const response = await fetch(`${url}/auth/v1/signup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: PASSWORD }),
  });
  const body = (await response.json()) as { access_token: string; user: { id: string } };
  if (!response.ok) throw new Error(`no account: ${JSON.stringify(body)}`);
  return { id: body.user.id, token: body.access_token };
}

/** Memory of a process that is in use, bytes. */
function memoryOf(pid: number | undefined): number {
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

/** Starts the product on a new data folder. */
export async function startProduct(extra: Record<string, string> = {}): Promise<Product> {
  const { dataDir, remove } = makeDataDir();
  const port = await freePort();
  const env = {
    PORT: String(port),
    PIPELINE_DATA_DIR: dataDir,
    PIPELINE_SIGNUP: 'open',
    PIPELINE_RATE_LIMIT: '1000',
    ...extra,
  };
  const url = `http://127.0.0.1:${port}`;
  let launcher: Child = startCommand(['start'], env);
  let before = '';
  let token: string | undefined;
  const serverPid = (): number | undefined =>
    listProcesses().find(({ parent }) => parent === launcher.process.pid)?.pid;
  const end = async (): Promise<Ended> => {
    const startedMs = performance.now();
    launcher.process.kill('SIGTERM');
    return { code: await launcher.ended, ms: performance.now() - startedMs };
  };
  const product: Product = {
    url,
    databaseUrl: async () => (await runCommand(['db', 'url'], env)).output.trim(),
    killServer: () => killHard(serverPid()),
    killDatabase() {
      for (const pid of databaseOf(dataDir)) {
        try {
          killHard(pid);
        } catch {
          // it was quicker
        }
      }
    },
    async ready(withinMs) {
      const started = performance.now();
      while (!(await isServing(url, token))) {
        if (performance.now() - started > withinMs) {
          throw new Error(`not ready in ${withinMs} ms:\n${launcher.output()}`);
        }
        await pause(50);
      }
      return performance.now() - started;
    },
    async signUp(email) {
      const person = await signUp(url, email);
      token = person.token;
      return person;
    },
    end,
    async startAgain() {
      before += launcher.output();
      launcher = startCommand(['start'], env);
      await launcher.says('is ready', START_MS);
    },
    memory: () => memoryOf(serverPid()),
    databaseProcesses: () => databaseOf(dataDir),
    async stop() {
      await end();
      remove();
    },
    output: () => before + launcher.output(),
  };
  try {
    await launcher.says('is ready', START_MS);
  } catch (error) {
    await product.stop();
    throw error;
  }
  return product;
}
