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
  /** Kills the server's process, and starts another. */
  killServer(): Promise<void>;
  /** Kills the database's first process and all of its children; whoever runs the product has to mend that. */
  killDatabase(): void;
  /** Waits until the product is ready; gives the time it took, ms. */
  ready(withinMs: number): Promise<number>;
  signUp(email: string): Promise<{ id: string; token: string }>;
  stop(): Promise<number | NodeJS.Signals>;
  output(): string;
}

const PASSWORD = 'a long enough password';

/** Processes whose command line names this folder: the server's own, and those of its database. */
function processesOf(dataDir: string) {
  const all = listProcesses();
  const postmaster = all.find(({ command }) => /\bpostgres\b.*-D/.test(command) && command.includes(dataDir));
  return { postmaster, backends: all.filter(({ parent }) => parent === postmaster?.pid) };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(3_000) })).ok;
  } catch {
    return false;
  }
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
  let server: Child = startCommand(['start'], env);
  let output = '';
  await server.says('is ready', 180_000);
  const serverPid = (): number | undefined => listProcesses().find(({ parent }) => parent === server.process.pid)?.pid;
  return {
    url,
    databaseUrl: async () => (await runCommand(['db', 'url'], env)).output.trim(),
    async killServer() {
      output += server.output();
      killHard(serverPid());
      await server.ended;
      server = startCommand(['start'], env);
    },
    killDatabase() {
      const { postmaster, backends } = processesOf(dataDir);
      for (const { pid } of [...(postmaster ? [postmaster] : []), ...backends]) {
        try {
          killHard(pid);
        } catch {
          // it was quicker
        }
      }
    },
    async ready(withinMs) {
      const started = performance.now();
      while (!(await isReady(url))) {
        if (performance.now() - started > withinMs) throw new Error(`not ready in ${withinMs} ms:\n${server.output()}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return performance.now() - started;
    },
    async signUp(email) {
      const response = await fetch(`${url}/auth/v1/signup`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, password: PASSWORD }),
      });
      const body = (await response.json()) as { access_token: string; user: { id: string } };
      if (!response.ok) throw new Error(`no account: ${JSON.stringify(body)}`);
      return { id: body.user.id, token: body.access_token };
    },
    async stop() {
      server.process.kill('SIGTERM');
      const code = await server.ended;
      remove();
      return code;
    },
    output: () => output + server.output(),
  };
}
