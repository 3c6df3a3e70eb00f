import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Child,
  childrenOf,
  freePort,
  killHard,
  listProcesses,
  makeDataDir,
  runCommand,
  startCommand,
} from './support';

const BUILD_MS = 240_000;
const { dataDir, remove } = makeDataDir();
const port = await freePort();
const url = `http://127.0.0.1:${port}`;

/** As root in a zone far from UTC: neither may matter. */
const env = { PIPELINE_DATA_DIR: dataDir, PORT: String(port), TZ: 'Pacific/Apia', PIPELINE_SIGNUP: 'open' };

let product: Child;
const others: Child[] = [];

beforeAll(async () => {
  product = startCommand(['start'], env);
  await product.says('Ctrl-C', BUILD_MS);
}, BUILD_MS + 10_000);

afterAll(async () => {
  for (const child of [product, ...others]) child.process.kill('SIGTERM');
  await Promise.all([product, ...others].map((child) => child.ended));
  remove();
}, 30_000);

/** The product is not the launcher but its child. */
const serverPid = (): number | undefined => childrenOf(product.process.pid ?? -1)[0];

const run = (args: string[], more: Record<string, string> = {}) => runCommand(args, { ...env, ...more });

async function health(at = url): Promise<number> {
  try {
    return (await fetch(`${at}/api/health`, { signal: AbortSignal.timeout(3000) })).status;
  } catch {
    return 0;
  }
}

async function untilHealthy(at = url, withinMs = 120_000): Promise<number> {
  const started = performance.now();
  while ((await health(at)) !== 200) {
    if (performance.now() - started > withinMs) throw new Error(`${at} is not healthy after ${withinMs} ms`);
    await sleep(50);
  }
  return performance.now() - started;
}

async function asAdmin<R extends pg.QueryResultRow>(text: string): Promise<R[]> {
  const { output } = await run(['db', 'url']);
  const client = new pg.Client(output.trim());
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<R>(text)).rows;
  } finally {
    await client.end();
  }
}

const postmasters = (): number[] =>
  listProcesses()
    .filter(({ command }) => command.includes(`-D ${dataDir}/`))
    .map(({ pid }) => pid);

describe('pipeline start', { timeout: 180_000 }, () => {
  it('serves, and says where, how to get in and with which key', async () => {
    expect(await health()).toBe(200);
    expect(product.output()).toContain(`PIPELINE is ready: http://localhost:${port}`);
    expect(product.output()).toMatch(/user create EMAIL/);
    expect(product.output()).toMatch(/createClient\('http:\/\/localhost:\d+', 'sb_publishable_[\w-]+'\)/);
  });

  it('says in one sentence that its port is taken, and ends with 1', async () => {
    const second = await run(['start']);
    expect(second.code).toBe(1);
    expect(second.output).toMatch(new RegExp(`Port ${port} on 127.0.0.1 is taken`));
    expect(second.output).not.toMatch(/\n\s+at /);
    expect(await health()).toBe(200);
  });

  it('serves a second time from the same database on another port', async () => {
    const otherPort = await freePort();
    const second = startCommand(['start'], { ...env, PORT: String(otherPort) });
    others.push(second);
    await second.says('Ctrl-C', 150_000);
    expect(await health(`http://127.0.0.1:${otherPort}`)).toBe(200);
    expect(postmasters()).toHaveLength(1);
    second.process.kill('SIGTERM');
    expect(await second.ended).toBe(0);
    expect(await health()).toBe(200);
  });

  it('has one pool, which the routes share', async () => {
    await run(['user', 'create', 'pool@example.test']);
    const token = (await run(['token', 'pool@example.test'])).output.trim();
    const requests = Array.from({ length: 60 }, () =>
      fetch(`${url}/api/me`, { headers: { Authorization: `Bearer ${token}` } }).then((answer) => answer.status),
    );
    expect(new Set(await Promise.all(requests))).toEqual(new Set([200]));
    const [pool] = await asAdmin<{ n: number }>(
      "select count(*)::int as n from pg_stat_activity where application_name = 'pipeline-app'",
    );
    expect(pool?.n).toBeGreaterThan(0);
    expect(pool?.n).toBeLessThanOrEqual(10);
  });

  it('keeps its plans in the queue', async () => {
    const plans = await asAdmin<{ name: string }>('select name from pgboss.schedule order by name');
    expect(plans.map((plan) => plan.name)).toContain('fold-read-marks');
  });

  it('is back by itself after a kill of the database', async () => {
    for (let round = 0; round < 3; round++) {
      const [before] = postmasters();
      killHard(before);
      await expect.poll(postmasters, { timeout: 10_000 }).toSatisfy(([pid]) => pid !== undefined && pid !== before);
      await untilHealthy();
    }
  });

  it('is back by itself after a kill of the server', async () => {
    const before = serverPid();
    killHard(before);
    await expect.poll(serverPid, { timeout: 10_000 }).not.toBe(before);
    await untilHealthy();
    expect(postmasters()).toHaveLength(1);
  });

  it('says what a visit to the doctor finds', async () => {
    const { code, output } = await run(['doctor', '--json']);
    const findings: { check: string; status: string }[] = JSON.parse(output);
    expect(findings.filter(({ status }) => status === 'failure')).toEqual([]);
    expect(code).toBe(0);
  });

  it('ends everything within 10 s of Ctrl-C, though clients hang on', async () => {
    const hanging = fetch(`${url}/api/health`, { headers: { Connection: 'keep-alive' } });
    await (await hanging).text();
    const started = performance.now();
    // a terminal reaches the server and the launcher, which passes it on as well
    process.kill(serverPid() ?? Number.NaN, 'SIGINT');
    product.process.kill('SIGINT');
    expect(await product.ended).toBe(0);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(postmasters()).toEqual([]);
  });

  it('ends also where its launcher was killed', async () => {
    const again = startCommand(['start'], env);
    others.push(again);
    await again.says('Ctrl-C', 150_000);
    expect(await health()).toBe(200);
    again.process.kill('SIGKILL');
    const end = performance.now() + 10_000;
    while (postmasters().length > 0 && performance.now() < end) await sleep(100);
    expect(postmasters()).toEqual([]);
    expect(await health()).toBe(0);
  });
});

describe('the pipeline command', { timeout: 180_000 }, () => {
  it('starts the database where it does not run, and leaves it as it was', async () => {
    const first = await run(['db', 'url', '--role', 'app']);
    expect(first).toMatchObject({ code: 0, output: expect.stringMatching(/^postgres:\/\/pipeline_app:/) });
    expect(postmasters()).toEqual([]);
  });

  it('explains itself and tells wrong usage from failure', async () => {
    const help = await run(['--help']);
    expect(help.code).toBe(0);
    for (const command of ['start', 'migrate', 'doctor', 'db', 'user', 'token', 'import']) {
      expect(help.output).toContain(`  ${command}`);
    }
    expect((await run(['nonsense'])).code).toBe(2);
    expect((await run(['db', 'url', '--role', 'nobody'])).code).toBe(2);
    expect((await run(['doctor'], { PORT: 'x' })).code).toBe(1);
  });
});
