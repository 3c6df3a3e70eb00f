import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import path from 'node:path';
import type { Listening } from './http-server';

const ROOT = path.join(import.meta.dirname, '..');
const PAGES = path.join(import.meta.dirname, 'pages');

/** The product's routes over HTTP, in a process of their own. */
export interface HttpProduct extends Listening {
  close(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

/** What both processes get: no setting of the product, and no variable of a test run. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR, CI: '1', NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' };
}

/** Builds the bench's pages, every time: what is measured is the tree as it stands. */
async function buildPages(): Promise<void> {
  const program = path.join(ROOT, 'node_modules', 'next', 'dist', 'bin', 'next');
  const child = spawn(process.execPath, [program, 'build', PAGES], {
    cwd: ROOT,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the pages of the bench could not be built:\n${Buffer.concat(output)}`);
}

async function told(child: ChildProcess): Promise<Listening> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('the server of the bench ended before it listened');
  });
  const [message] = await Promise.race([once(child, 'message'), ended]);
  return message as Listening;
}

/** Serves the product's routes on a database of the bench, with these accounts signed in. */
export async function startHttpProduct(adminUrl: string, accounts: readonly string[]): Promise<HttpProduct> {
  await buildPages();
  const env = {
    ...environment(),
    PORT: String(await freePort()),
    DATABASE_URL: adminUrl,
    PIPELINE_RATE_LIMIT: '1000000',
  };
  const child = fork(path.join(import.meta.dirname, 'http-server.ts'), accounts, {
    cwd: ROOT,
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env,
  });
  const listening = await told(child);
  return {
    ...listening,
    async close() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

/** Asks over one connection that stays open, until the last byte of the answer. @throws Error for any status but 200 */
export type Ask = (method: string, address: string, token?: string) => Promise<Buffer>;

export function openClient(url: string): { ask: Ask; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask: Ask = (method, address, token) =>
    new Promise((resolve, reject) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const asked = request(`${url}${address}`, { agent, method, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const body = Buffer.concat(chunks);
          if (answer.statusCode === 200) resolve(body);
          else reject(new Error(`${method} ${address} gave ${answer.statusCode}: ${body}`));
        });
      });
      asked.on('error', reject).end();
    });
  return { ask, close: () => agent.destroy() };
}
