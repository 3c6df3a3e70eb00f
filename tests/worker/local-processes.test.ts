import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { seededRandom } from '@tests/support/random';
import { afterAll, describe, expect, it } from 'vitest';
import { readJournal } from '@/worker/executors/local/journal';
import { stageRun } from '@/worker/executors/local/stage-run';
import { NODE_ARGUMENTS, startSupervisor } from '@/worker/executors/local/start-supervisor';
import { follow, orderOf, type Story } from './executor-contract';
import { markedProcesses, memoryFiles, openLocal, script, TRAINERS } from './local-bench';

const trainers = { ...TRAINERS, family: script('family.mjs'), leaver: script('family.mjs', 'leave') };
/** ms by which the wall clocks of two processes may differ in what they round. */
const TOLERANCE = 25;
const bench = openLocal(trainers);
afterAll(() => bench.close());

const isTraining = (_: unknown, { events }: Story) => events.some(({ event }) => event.phase === 'training');
const supervisorOf = (attemptId: string): number => readJournal(bench.folder(attemptId))?.supervisor?.pid ?? 0;
const isThere = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

describe.skipIf(process.platform !== 'linux')('processes that leave the group of their run', () => {
  it('are ended with it, those that do not listen as well, before the end is written', async () => {
    const order = orderOf('family');
    await bench.executor.start(order);
    const { lines } = await follow(bench, order.attemptId, isTraining);
    const family = (lines[0]?.text ?? '').split(' ').map(Number);
    expect(family).toHaveLength(4);
    expect(family.every(isThere)).toBe(true);
    await bench.executor.cancel(order.attemptId, 'cancelled');
    await follow(bench, order.attemptId);
    expect(family.filter(isThere)).toEqual([]);
    expect(markedProcesses(order.attemptId)).toEqual([]);
  });

  it('are ended where the command has left them behind, and the run lasts as long as they do', async () => {
    const order = orderOf('leaver', { graceMs: 500 });
    await bench.executor.start(order);
    const { lines, events, last } = await follow(bench, order.attemptId);
    expect(last.end).toMatchObject({ reason: 'exited', exitCode: 0 });
    expect((lines[0]?.text ?? '').split(' ').map(Number).filter(isThere)).toEqual([]);
    expect(lines.map(({ text }) => text)).toContain('The command left processes behind; they were ended.');
    expect(Number(last.end?.at)).toBeGreaterThanOrEqual(Number(events.at(-1)?.at) + 500);
    expect(markedProcesses(order.attemptId)).toEqual([]);
  });
});

describe.skipIf(process.platform !== 'linux')('a supervisor that is gone', () => {
  it('leaves a run that the next polls end, once, and with the true end', async () => {
    const order = orderOf('family');
    await bench.executor.start(order);
    await follow(bench, order.attemptId, isTraining);
    process.kill(supervisorOf(order.attemptId), 'SIGKILL');
    await bench.pass(300); // nobody watches, and the run goes on
    const workers = [bench.executor, bench.another(), bench.another()];
    const aliveAt = Date.now();
    const ends = await Promise.all(
      workers.map(async (executor) => (await follow({ ...bench, executor }, order.attemptId)).last.end),
    );
    expect(ends[0]).toMatchObject({ reason: 'lost', exitCode: null });
    expect(ends).toEqual([ends[0], ends[0], ends[0]]);
    expect(Number(ends[0]?.at)).toBeGreaterThanOrEqual(aliveAt - TOLERANCE);
    expect(markedProcesses(order.attemptId)).toEqual([]);
    expect(await bench.executor.renew(order.attemptId)).toBe(false);
  });

  it('with its run is known to have lasted until its last sign of life', async () => {
    const order = orderOf('endless');
    await bench.executor.start(order);
    const { last } = await follow(
      bench,
      order.attemptId,
      ({ aliveUntil, startedAt }) => Number(aliveUntil) > Number(startedAt) + 900,
    );
    process.kill(supervisorOf(order.attemptId), 'SIGKILL');
    for (const pid of markedProcesses(order.attemptId)) process.kill(pid, 'SIGKILL');
    while (markedProcesses(order.attemptId).length > 0) await bench.pass(10);
    const { last: after } = await follow(bench, order.attemptId);
    expect(after.end).toMatchObject({ reason: 'lost', message: 'What watched the run was gone, and the run with it.' });
    expect(Number(after.end?.at)).toBeGreaterThanOrEqual(Number(last.aliveUntil));
    expect(after.startedAt).toBe(last.startedAt);
  });

  it('is one that stands still for too long as well', async () => {
    const order = orderOf('stubborn', { leaseMs: 1_500, graceMs: 100 });
    await bench.executor.start(order);
    const renewing = {
      ...bench,
      pass: async (ms: number) => {
        await bench.executor.renew(order.attemptId);
        await bench.pass(ms);
      },
    };
    await follow(renewing, order.attemptId, isTraining);
    const supervisor = supervisorOf(order.attemptId);
    process.kill(supervisor, 'SIGSTOP');
    const { last } = await follow(bench, order.attemptId);
    expect(last.end?.reason).toBe('lost');
    expect(isThere(supervisor)).toBe(false);
    expect(markedProcesses(order.attemptId)).toEqual([]);
  });

  it('that is told to end ends its run first', async () => {
    const order = orderOf('stubborn');
    await bench.executor.start(order);
    await follow(bench, order.attemptId, isTraining);
    process.kill(supervisorOf(order.attemptId), 'SIGTERM');
    const { last } = await follow(bench, order.attemptId);
    expect(last.end).toMatchObject({ reason: 'lost', signal: 'SIGKILL' });
    expect(markedProcesses(order.attemptId)).toEqual([]);
  });
});

describe.skipIf(process.platform !== 'linux')('a supervisor that is killed at any moment', () => {
  it('leaves one end and no process, and an end that does not lie before the start', async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 1e9);
    const random = seededRandom(seed);
    const workers = [bench.executor, bench.another()];
    const ends = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const order = orderOf('family');
        const wait = random() ** 3 * 400; // mostly early, where more is under way
        await bench.executor.start(order);
        while (readJournal(bench.folder(order.attemptId)) === null) await bench.pass(1);
        await bench.pass(wait);
        process.kill(supervisorOf(order.attemptId), 'SIGKILL');
        const stories = await Promise.all(workers.map((executor) => follow({ ...bench, executor }, order.attemptId)));
        expect(stories[0]?.last.end).toEqual(stories[1]?.last.end);
        expect(markedProcesses(order.attemptId)).toEqual([]);
        const { end, startedAt } = (stories[0] as Story).last;
        expect(Number(end?.at)).toBeGreaterThanOrEqual(Number(startedAt));
        return { reason: end?.reason, began: startedAt !== null };
      }),
    );
    console.log(`seed ${seed}: of 12 runs ${ends.filter(({ began }) => began).length} had begun`);
    expect(ends.every(({ reason }) => reason === 'lost')).toBe(true);
  });
});

describe('a worker that dies', () => {
  it('leaves its run to the next one, which goes on with it', async () => {
    const order = orderOf('endless');
    const worker = spawn(
      process.execPath,
      ['--import', 'tsx', path.join(import.meta.dirname, 'start-and-die.ts'), bench.dataDir, JSON.stringify(order)],
      { stdio: ['ignore', 'inherit', 'inherit'], detached: true },
    );
    const [, signal] = await once(worker, 'exit');
    expect(signal).toBe('SIGKILL');
    const { last } = await follow(bench, order.attemptId, ({ status }) => status === 'running');
    expect(await bench.executor.renew(order.attemptId)).toBe(true);
    await bench.executor.start(order);
    await bench.executor.cancel(order.attemptId, 'cancelled');
    const { last: after } = await follow(bench, order.attemptId);
    expect(after).toMatchObject({ startedAt: last.startedAt, end: { reason: 'cancelled' } });
  });
});

describe('a run that was prepared and not begun', () => {
  const prepare = async () => {
    const order = orderOf('obedient');
    await bench.executor.listRuns(); // makes the folder of runs
    const limits = { logBytes: 1e6, progressBytes: 1e6, freeBytes: 0 };
    const registry = new Map(Object.entries(trainers));
    await stageRun(order, { runs: path.dirname(bench.folder('x')), files: memoryFiles(), trainers: registry, limits });
    return order;
  };

  const prepareLongAgo = async () => {
    const order = await prepare();
    const file = path.join(bench.folder(order.attemptId), 'order.json');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), leaseMs: 1 }));
    await bench.pass(5);
    return order;
  };

  it('is begun by the next start, and by one supervisor of several', async () => {
    const order = await prepare();
    expect((await bench.executor.poll(order.attemptId, '')).status).toBe('starting');
    const folder = bench.folder(order.attemptId);
    const start = () => startSupervisor(folder, NODE_ARGUMENTS);
    await Promise.all([bench.executor.start(order), bench.another().start(order), start(), start()]);
    const { lines, last } = await follow(bench, order.attemptId);
    expect(lines.map(({ text }) => text)).toEqual(['hello']);
    expect(last.end).toMatchObject({ reason: 'exited', exitCode: 0 });
  });

  it('never is where its lease has passed: a supervisor that comes late finds it ended', async () => {
    const order = await prepareLongAgo();
    const { last } = await follow(bench, order.attemptId);
    expect(last).toMatchObject({
      startedAt: null,
      end: { reason: 'lost', message: 'The run was ordered and never begun.' },
    });
    await startSupervisor(bench.folder(order.attemptId), NODE_ARGUMENTS);
    await bench.executor.start(order);
    await bench.pass(500);
    expect((await follow(bench, order.attemptId)).last.end).toEqual(last.end);
    expect(markedProcesses(order.attemptId)).toEqual([]);
  });

  it('never is by a supervisor that comes after the lease, before anybody asked', async () => {
    const order = await prepareLongAgo();
    await startSupervisor(bench.folder(order.attemptId), NODE_ARGUMENTS);
    while (readJournal(bench.folder(order.attemptId)) === null) await bench.pass(10);
    const { last, lines } = await follow(bench, order.attemptId);
    expect(last).toMatchObject({ startedAt: null, end: { reason: 'lease' } });
    expect(lines.map(({ stream }) => stream)).toEqual(['system']);
  });
});
