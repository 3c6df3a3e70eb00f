import { chmodSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Child, IS_ROOT, makeDataDir, startScript } from './support';

const NOBODY = 65_534;
const NAMELESS = 54_321;

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

function newFolder(mode: number): string {
  const { dataDir, remove } = makeDataDir(mode);
  cleanups.push(remove);
  return dataDir;
}

async function hold(dataDir: string, uid?: number): Promise<Child> {
  const ids = uid === undefined ? {} : { uid, gid: uid };
  const child = startScript('tests/server/hold-embedded.ts', [dataDir], ids);
  cleanups.push(() => void child.process.kill('SIGKILL'));
  return child;
}

async function stop(child: Child): Promise<void> {
  child.process.kill('SIGTERM');
  expect(await child.ended).toBe(0);
}

/** Only root can become somebody else; a run without root has no such case. */
describe.runIf(IS_ROOT)('the account behind the database', { timeout: 120_000 }, () => {
  it('is an unprivileged one under root', async () => {
    const dataDir = newFolder(0o755);
    const child = await hold(dataDir);
    await child.says('"adminUrl"');
    expect(statSync(path.join(dataDir, 'postgres', 'data')).uid).toBeGreaterThan(0);
    expect(statSync(path.join(dataDir, 'postgres', 'password'))).toMatchObject({ uid: 0 });
    await stop(child);
  });

  it('is oneself without root', async () => {
    const dataDir = newFolder(0o777);
    const child = await hold(dataDir, NOBODY);
    await child.says('"adminUrl"');
    expect(statSync(path.join(dataDir, 'postgres', 'data')).uid).toBe(NOBODY);
    await stop(child);
  });

  it('needs a name, and a sentence says so', async () => {
    const child = await hold(newFolder(0o777), NAMELESS);
    expect(await child.ended).toBe(1);
    expect(child.output()).toMatch(/EmbeddedError: The user id 54321 has no name[\s\S]*DATABASE_URL/);
  });

  it('gets a place of its own where it cannot enter the data folder, and finds it again', async () => {
    const dataDir = path.join(newFolder(0o700), 'inside');
    mkdirSync(dataDir);
    const first = await hold(dataDir);
    const { folder } = JSON.parse((await first.says('"adminUrl"')).trim().split('\n').at(-1) ?? '');
    cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
    expect(folder).toMatch(/^\/var\/lib\/pipeline\/[0-9a-f]{16}$/);
    expect(first.output()).toContain('cannot enter');
    expect(existsSync(path.join(dataDir, 'database-is-elsewhere.txt'))).toBe(true);
    await stop(first);
    const second = await hold(dataDir);
    expect(JSON.parse((await second.says('"adminUrl"')).trim()).folder).toBe(folder);
    await stop(second);
  });

  it('says which folder closed itself to an existing database', async () => {
    const outer = newFolder(0o755);
    const dataDir = path.join(outer, 'inside');
    const first = await hold(dataDir);
    await first.says('"adminUrl"');
    await stop(first);
    chmodSync(outer, 0o700);
    const second = await hold(dataDir);
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`chmod o+x ${outer}`);
  });

  it('cannot open the database of another user', async () => {
    const dataDir = newFolder(0o777);
    const first = await hold(dataDir);
    await first.says('"adminUrl"');
    await stop(first);
    const second = await hold(dataDir, NOBODY);
    expect(await second.ended).toBe(1);
    expect(second.output()).toMatch(/EmbeddedError: [\s\S]*PIPELINE_DATA_DIR/);
  });
});
