import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { startEmbedded } from '@/db/embedded/start-embedded';
import { createLogger } from '@/lib/log';
import { type Child, childrenOf, freePort, killHard, listProcesses, makeDataDir, startScript } from './support';

/** Each case makes a database that forces its files to the disk. */
const SLOW = { timeout: 120_000 };

const log = createLogger({ level: 'silent' });
const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}, 60_000);

function newDataDir(): string {
  const { dataDir, remove } = makeDataDir();
  cleanups.push(remove);
  return dataDir;
}

async function startHere(dataDir: string, port?: number) {
  const embedded = await startEmbedded({ dataDir, log, ...(port === undefined ? {} : { port }) });
  cleanups.push(() => embedded.stop());
  return embedded;
}

interface Held {
  adminUrl: string;
  joined: boolean;
  folder: string;
  pid: number;
}

/** The same in a process of its own, which can be killed. */
async function startElsewhere(dataDir: string): Promise<{ child: Child; held: Held }> {
  const child = startScript('tests/server/hold-embedded.ts', [dataDir]);
  cleanups.push(() => void child.process.kill('SIGKILL'));
  const output = await child.says('"adminUrl"');
  return { child, held: JSON.parse(output.trim().split('\n').at(-1) ?? '') };
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** Asks until it is answered, and gives how long that took. */
async function untilAnswered(url: string, withinMs: number): Promise<number> {
  const started = performance.now();
  for (;;) {
    try {
      await query(url, 'select 1');
      return performance.now() - started;
    } catch (error) {
      if (performance.now() - started > withinMs) throw error;
      await sleep(50);
    }
  }
}

const isAlive = (pid: number): boolean => listProcesses().some((found) => found.pid === pid);

describe('a new database', SLOW, () => {
  it('takes only its own password, on the loopback address, and keeps what it acknowledges', async () => {
    const { adminUrl, folder, joined } = await startHere(newDataDir());
    expect(joined).toBe(false);
    expect(
      await query(
        adminUrl,
        "select current_setting('listen_addresses') as a, current_setting('unix_socket_directories') as s",
      ),
    ).toEqual([{ a: '127.0.0.1', s: '' }]);
    expect(
      await query(
        adminUrl,
        "select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes') and setting <> 'on'",
      ),
    ).toEqual([]);
    expect(await query(adminUrl, 'select distinct auth_method from pg_hba_file_rules')).toEqual([
      { auth_method: 'scram-sha-256' },
    ]);
    const stranger = new URL(adminUrl);
    stranger.password = 'password';
    await expect(query(stranger.href, 'select 1')).rejects.toThrow(/password/);
    expect(statSync(path.join(folder, 'password')).mode & 0o777).toBe(0o600);
  });

  it('keeps its rows, its password and its port over a restart', async () => {
    const dataDir = newDataDir();
    const first = await startHere(dataDir);
    await query(first.adminUrl, 'create table kept as select 7 as n');
    await first.stop();
    await expect(query(first.adminUrl, 'select 1')).rejects.toThrow();
    const second = await startHere(dataDir);
    expect(second.adminUrl).toBe(first.adminUrl);
    expect(await query(second.adminUrl, 'select n from kept')).toEqual([{ n: 7 }]);
  });

  it('is made anew where an earlier start was killed half-way', async () => {
    const dataDir = newDataDir();
    const { folder, stop } = await startHere(dataDir);
    await stop();
    const other = newDataDir();
    // what a killed initdb leaves behind
    mkdirSync(path.join(other, 'postgres'), { mode: 0o711 });
    cpSync(path.join(folder, 'data'), path.join(other, 'postgres', 'data.unfinished'), { recursive: true });
    rmSync(path.join(other, 'postgres', 'data.unfinished', 'global'), { recursive: true });
    const { adminUrl } = await startHere(other);
    expect(await query(adminUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('says what is wrong when its port is taken', async () => {
    const port = await freePort();
    const squatter = createServer().listen(port, '127.0.0.1');
    cleanups.push(() => void squatter.close());
    await expect(startHere(newDataDir(), port)).rejects.toThrow(/did not start[\s\S]*Address already in use/);
  });
});

describe('a second start on the same folder', SLOW, () => {
  it('joins the running server; the last to leave stops it', async () => {
    const dataDir = newDataDir();
    const first = await startHere(dataDir);
    const second = await startElsewhere(dataDir);
    expect(second.held).toMatchObject({ joined: true, adminUrl: first.adminUrl, pid: first.pid() });
    await first.stop();
    expect(await query(second.held.adminUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    second.child.process.kill('SIGTERM');
    expect(await second.child.ended).toBe(0);
    expect(isAlive(second.held.pid)).toBe(false);
  });

  it('joins also while the first is still starting', async () => {
    const dataDir = newDataDir();
    const all = await Promise.all([startHere(dataDir), startHere(dataDir), startElsewhere(dataDir)]);
    const [one, two, three] = all;
    expect(new Set([one.pid(), two.pid(), three.held.pid]).size).toBe(1);
    expect([one.joined, two.joined, three.held.joined].filter((joined) => !joined)).toHaveLength(1);
  });

  it('takes over the server of a process that was killed', async () => {
    const dataDir = newDataDir();
    const { child, held } = await startElsewhere(dataDir);
    await query(held.adminUrl, 'create table kept as select 7 as n');
    child.process.kill('SIGKILL');
    await child.ended;
    expect(isAlive(held.pid)).toBe(true);
    const next = await startHere(dataDir);
    expect(next).toMatchObject({ joined: true, adminUrl: held.adminUrl });
    expect(await query(next.adminUrl, 'select n from kept')).toEqual([{ n: 7 }]);
    await next.stop();
    expect(isAlive(held.pid)).toBe(false);
  });

  it('refuses a folder whose user is alive but whose server is nowhere to be seen', async () => {
    const dataDir = newDataDir();
    const { child, held } = await startElsewhere(dataDir);
    // stopped, it cannot restart its server: from here that looks like a process in another container
    child.process.kill('SIGSTOP');
    for (const pid of [held.pid, ...childrenOf(held.pid)]) killHard(pid);
    await expect.poll(() => isAlive(held.pid)).toBe(false);
    await expect(startHere(dataDir)).rejects.toThrow(/in use by a process/);
    child.process.kill('SIGCONT');
    await untilAnswered(held.adminUrl, 20_000);
    expect((await startHere(dataDir)).joined).toBe(true);
    child.process.kill('SIGTERM');
    expect(await child.ended).toBe(0);
  });
});

describe('a server that died', SLOW, () => {
  it('is restarted on the same port while somebody uses it, with all that was committed', async () => {
    const { adminUrl, pid } = await startHere(newDataDir());
    await query(adminUrl, 'create table kept (n int)');
    for (let round = 1; round <= 3; round++) {
      await query(adminUrl, `insert into kept values (${round})`);
      const before = pid();
      const victims = round === 2 ? [before] : [before, ...childrenOf(before)];
      for (const victim of victims) killHard(victim);
      await untilAnswered(adminUrl, 20_000);
      expect(pid()).not.toBe(before);
    }
    expect(await query(adminUrl, 'select array_agg(n order by n) as all from kept')).toEqual([{ all: [1, 2, 3] }]);
  });

  it('is restarted once, however many watch over it', async () => {
    const dataDir = newDataDir();
    const first = await startHere(dataDir);
    const second = await startHere(dataDir);
    const { held } = await startElsewhere(dataDir);
    killHard(first.pid());
    await untilAnswered(first.adminUrl, 20_000);
    await sleep(1000);
    expect(second.pid()).toBe(first.pid());
    expect(first.pid()).not.toBe(held.pid);
    await untilAnswered(held.adminUrl, 5000);
  });

  it('is left in order while it is being restarted', async () => {
    const dataDir = newDataDir();
    const embedded = await startHere(dataDir);
    killHard(embedded.pid());
    await sleep(250); // the watch has seen it
    const started = performance.now();
    await embedded.stop();
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(listProcesses().filter(({ command }) => command.includes(`-D ${dataDir}/`))).toEqual([]);
  });

  it('leaves a lock file that misleads nobody, not even under the id of a living process', async () => {
    const dataDir = newDataDir();
    const { child, held } = await startElsewhere(dataDir);
    await query(held.adminUrl, 'create table kept as select 7 as n');
    child.process.kill('SIGKILL');
    await child.ended;
    for (const pid of [held.pid, ...childrenOf(held.pid)]) killHard(pid);
    const lock = path.join(held.folder, 'data', 'postmaster.pid');
    expect(existsSync(lock)).toBe(true);
    const lines = readFileSync(lock, 'utf8').split('\n');
    writeFileSync(lock, [String(process.pid), ...lines.slice(1)].join('\n'));
    const next = await startHere(dataDir);
    expect(next.joined).toBe(false);
    expect(await query(next.adminUrl, 'select n from kept')).toEqual([{ n: 7 }]);
  });
});

describe('a database of another major version', SLOW, () => {
  it('is left alone, with a sentence that names both versions', async () => {
    const dataDir = newDataDir();
    const { stop, folder } = await startHere(dataDir);
    await stop();
    await expect(startEmbedded({ dataDir, log, version: 15 })).rejects.toThrow(/made by Postgres 18[\s\S]*Postgres 15/);
    expect(existsSync(path.join(folder, 'data', 'PG_VERSION'))).toBe(true);
    expect((await startHere(dataDir)).joined).toBe(false);
  });
});
