import { afterEach, describe, expect, it } from 'vitest';
import { listProcesses, makeDataDir, startScript } from './support';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

function hold(...args: string[]) {
  const { dataDir, remove } = makeDataDir();
  cleanups.push(remove);
  const child = startScript('tests/server/hold-command.ts', args, { env: { PIPELINE_DATA_DIR: dataDir } });
  const servers = () => listProcesses().filter(({ command }) => command.includes(`-D ${dataDir}/`));
  return { child, servers };
}

describe('a command on the embedded database', { timeout: 120_000 }, () => {
  it('ends at once on Ctrl-C where its work listens, and stops the database that it started', async () => {
    const { child, servers } = hold('attentive');
    await child.says('working');
    expect(servers().length).toBeGreaterThan(0);
    const started = performance.now();
    child.process.kill('SIGINT');
    child.process.kill('SIGINT'); // the echo of a launcher
    expect(await child.ended).toBe(130);
    expect(performance.now() - started).toBeLessThan(3000);
    expect(servers()).toEqual([]);
  });

  it('takes the database away from work that does not listen', async () => {
    const { child, servers } = hold('deaf');
    await child.says('working');
    const started = performance.now();
    child.process.kill('SIGTERM');
    expect(await child.ended).toBe(130);
    expect(performance.now() - started).toBeLessThan(8000);
    expect(servers()).toEqual([]);
  });
});
