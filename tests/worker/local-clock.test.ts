import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { NODE_ARGUMENTS } from '@/worker/executors/local/start-supervisor';
import { follow, orderOf, type Story } from './executor-contract';
import { type LocalBench, openLocal, script } from './local-bench';

/** ms by which the wall clocks of two processes may differ in what they round. */
const TOLERANCE = 25;

interface Times {
  readonly attempt: string;
  readonly began: number;
  readonly ended: number;
  readonly lasted: number;
}

/** Where the trainers write their own times. */
const timesOf = (bench: LocalBench): Times[] =>
  readFileSync(path.join(bench.dataDir, 'times.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

function openClocked(nodeArguments = NODE_ARGUMENTS): LocalBench {
  const trainers = { brief: script('clocked.mjs', '150'), clocked: script('clocked.mjs') };
  const bench = openLocal(trainers, { nodeArguments });
  const env = { TIMES: path.join(bench.dataDir, 'times.jsonl') };
  for (const trainer of Object.values(trainers)) Object.assign(trainer, { env });
  return bench;
}

const isTraining = (_: unknown, { events }: Story) => events.length > 0;

describe('the times of runs', () => {
  const bench = openClocked();
  afterAll(() => bench.close());

  it('hold what the commands themselves say, and never overlap from one attempt to the next', async () => {
    const runs = new Map<string, { start: number; end: number }>();
    for (const trainer of ['brief', 'clocked', 'brief', 'clocked', 'brief']) {
      const { attemptId } = orderOf(trainer);
      await bench.executor.start(orderOf(trainer, { attemptId }));
      await follow(bench, attemptId, (report, story) => report.end !== null || isTraining(report, story));
      if (trainer === 'clocked') await bench.executor.cancel(attemptId, 'cancelled');
      const { last } = await follow(bench, attemptId);
      runs.set(attemptId, { start: Number(last.startedAt), end: Number(last.end?.at) });
    }
    const told = timesOf(bench);
    expect(told).toHaveLength(5);
    for (const { attempt, began, ended } of told) {
      expect(began).toBeGreaterThanOrEqual(Number(runs.get(attempt)?.start) - TOLERANCE);
      expect(ended).toBeLessThanOrEqual(Number(runs.get(attempt)?.end) + TOLERANCE);
    }
    const intervals = [...runs.values()];
    for (const [index, { start }] of intervals.slice(1).entries()) {
      expect(start).toBeGreaterThanOrEqual(Number(intervals[index]?.end) - TOLERANCE);
    }
  });
});

describe('a wall clock that jumps while a run lasts', () => {
  it.each([
    ['back by an hour', -3_600_000],
    ['on by an hour', 3_600_000],
  ])('changes no duration and no lease: %s', async (_, jump) => {
    // as soon as the supervisor has begun its journal
    const code = `import { existsSync } from 'node:fs'; const now = Date.now;
      Date.now = () => now() + (existsSync(process.argv[2] + '/journal.jsonl') ? ${jump} : 0);`;
    const bench = openClocked([...NODE_ARGUMENTS, '--import', `data:text/javascript,${encodeURIComponent(code)}`]);
    const order = orderOf('clocked', { leaseMs: 30_000 });
    await bench.executor.start(order);
    const { last: running } = await follow(
      bench,
      order.attemptId,
      ({ aliveUntil, startedAt, end }) => end !== null || Number(aliveUntil) > Number(startedAt) + 900,
    );
    expect(running.status).toBe('running');
    await bench.executor.cancel(order.attemptId, 'cancelled');
    const { events, last } = await follow(bench, order.attemptId);
    const lasted = Number(last.end?.at) - Number(last.startedAt);
    const [told] = timesOf(bench);
    expect(lasted).toBeGreaterThanOrEqual(Math.floor(Number(told?.lasted)));
    expect(lasted).toBeLessThan(Number(told?.lasted) + 60_000);
    expect(Number(told?.began)).toBeGreaterThanOrEqual(Number(last.startedAt) - TOLERANCE);
    expect(events.every(({ at }) => at >= Number(last.startedAt) && at <= Number(last.end?.at))).toBe(true);
    expect(last.end?.reason).toBe('cancelled');
    await bench.close();
  });
});
