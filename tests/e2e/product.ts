import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

/** What the product printed during the last run. */
const LOG = path.resolve('test-results/product.log');
const PIPELINE = path.resolve('bin/pipeline.mjs');

/** Building the pages comes first where they are older than the sources. */
const START_MS = 170_000;
const STOP_MS = 15_000;

/** Where the running product is, in a form that can be handed to another process. */
export interface ProductPlace {
  url: string;
  dataDir: string;
  /** The administrator's, as `pipeline db url` prints it. */
  databaseUrl: string;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/** Runs one `pipeline` command against that product and gives what it printed; throws where it fails. */
export async function pipeline({ dataDir }: Pick<ProductPlace, 'dataDir'>, ...args: string[]): Promise<string> {
  const env = { ...process.env, PIPELINE_DATA_DIR: dataDir };
  const { stdout } = await promisify(execFile)(process.execPath, [PIPELINE, ...args], { env, timeout: 60_000 });
  return stdout;
}

function readyUrl(child: ChildProcess): Promise<string> {
  let output = '';
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`not ready after ${START_MS} ms:\n${output}`)), START_MS);
    const read = (chunk: Buffer) => {
      appendFileSync(LOG, chunk);
      output += chunk.toString();
      const url = /PIPELINE is ready: (\S+)/.exec(output)?.[1];
      if (url) {
        clearTimeout(late);
        resolve(url);
      }
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', (code) => {
      clearTimeout(late);
      reject(new Error(`the product ended with ${code}:\n${output}`));
    });
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    child.once('exit', () => {
      clearTimeout(late);
      resolve();
    });
  });
}

/** Starts the product as a user does, on its own database in a folder of its own, with sign-up open. */
export async function startProduct(): Promise<ProductPlace & { stop(): Promise<void> }> {
  mkdirSync(path.dirname(LOG), { recursive: true });
  writeFileSync(LOG, '');
  const dataDir = mkdtempSync(path.join(tmpdir(), 'pipeline-e2e-'));
  // As root the database runs as another user, who has to get into this folder.
  chmodSync(dataDir, 0o755);
  const env = {
    ...process.env,
    HOST: '127.0.0.1',
    PORT: String(await freePort()),
    PIPELINE_DATA_DIR: dataDir,
    PIPELINE_SIGNUP: 'open',
    // so that a run of half a minute is seen to move on a fast machine, too
    PIPELINE_TICK_S: '1',
  };
  const child = spawn(process.execPath, [PIPELINE, 'start'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  async function stop() {
    child.kill('SIGTERM');
    await ended(child);
    rmSync(dataDir, { recursive: true, force: true });
  }
  try {
    const url = await readyUrl(child);
    const databaseUrl = (await pipeline({ dataDir }, 'db', 'url')).trim();
    return { url, dataDir, databaseUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
