import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor, RunOrder, RunReport } from '@/worker/executors/executor';

/**
 * What the runs of these tests do:
 * - `obedient` reports the phases setup and training and the steps 1 to 3, prints `hello`, and leaves `notes.txt` with
 *   the text `trained` and `deep/inside.txt`; it ends by itself with exit code 0;
 * - `endless` reports training and goes on until it is asked to stop;
 * - `stubborn` does the same and ends by force only;
 * - `failing` ends with exit code 3.
 */
export type RunKind = 'obedient' | 'endless' | 'stubborn' | 'failing';

/** An executor under test. */
export interface Bench {
  readonly executor: Executor;
  /** The name of a trainer that does this. */
  readonly trainers: Readonly<Record<RunKind, string>>;
  /** Lets time pass for the executor, ms. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

const DEADLINE_LOOKS = 2_000;

export const orderOf = (trainer: string, changes: Partial<RunOrder> = {}): RunOrder => ({
  attemptId: randomUUID(),
  jobId: randomUUID(),
  number: 1,
  trainer,
  baseModel: 'pipeline/tiny-byte-lm',
  hyperparameters: { r: 4, lora_alpha: 8 },
  gpuCount: 1,
  dataset: null,
  totalSteps: 3,
  maxRuntimeMs: null,
  resumeFrom: null,
  leaseMs: 60_000,
  graceMs: 300,
  ...changes,
});

/** All that a run told, in the order in which it was read, and how it stands. */
export interface Story {
  readonly events: RunReport['events'][number][];
  readonly lines: RunReport['lines'][number][];
  readonly last: RunReport;
}

/** Polls until `isReached`; keeps the lease alive unless told otherwise. */
export async function follow(
  { executor, pass }: Pick<Bench, 'executor' | 'pass'>,
  attemptId: string,
  isReached: (report: RunReport, story: Story) => boolean = ({ end }) => end !== null,
): Promise<Story> {
  const story = { events: [] as Story['events'], lines: [] as Story['lines'] };
  let cursor = '';
  for (let looks = 0; looks < DEADLINE_LOOKS; looks += 1) {
    const last = await executor.poll(attemptId, cursor);
    cursor = last.cursor;
    story.events.push(...last.events);
    story.lines.push(...last.lines);
    if (isReached(last, { ...story, last })) return { ...story, last };
    await pass(20);
  }
  throw new Error(`the run did not get there; it printed ${JSON.stringify(story.lines.slice(-5))}`);
}

const toldBy = ({ events, lines, last }: Story) => ({ events, lines, end: last.end, startedAt: last.startedAt });

/** What every executor has to fulfil; run it from a test file of the executor's own. */
export function describeExecutor(name: string, open: () => Promise<Bench>): void {
  let bench: Bench;
  let executor: Executor;
  beforeAll(async () => {
    bench = await open();
    executor = bench.executor;
  });
  afterAll(() => bench?.close());

  const start = async (kind: RunKind, changes: Partial<RunOrder> = {}): Promise<RunOrder> => {
    const order = orderOf(bench.trainers[kind], changes);
    await executor.start(order);
    return order;
  };
  const isTraining = (_: RunReport, { events }: Story) => events.some(({ event }) => event.phase === 'training');

  describe(`${name}: a run`, () => {
    it('goes from its start to one end, with all that it told in between', async () => {
      const { attemptId } = await start('obedient');
      const { events, lines, last } = await follow(bench, attemptId);
      expect(last).toMatchObject({ status: 'ended', end: { exitCode: 0, signal: null, reason: 'exited' } });
      expect(events.map(({ event }) => event.phase ?? event.step)).toEqual(['setup', 'training', 1, 2, 3]);
      expect(lines).toEqual([{ at: expect.any(Number), stream: 'stdout', text: 'hello' }]);
      const instants = [last.startedAt, ...events.map(({ at }) => at), last.end?.at].map(Number);
      expect(instants).toEqual([...instants].sort((a, b) => a - b));
      expect(instants.every(Number.isSafeInteger)).toBe(true);
      expect(last.aliveUntil).toBe(last.end?.at);
    });

    it('says the same again from the beginning, and nothing new after its end', async () => {
      const { attemptId } = await start('obedient');
      const first = await follow(bench, attemptId);
      const again = await follow(bench, attemptId);
      expect(toldBy(again)).toEqual(toldBy(first));
      const after = await executor.poll(attemptId, first.last.cursor);
      expect(after).toEqual({ ...first.last, events: [], lines: [] });
    });

    it('is one run however often it is started', async () => {
      const order = orderOf(bench.trainers.obedient);
      await Promise.all([executor.start(order), executor.start(order)]);
      await executor.start(order);
      const first = await follow(bench, order.attemptId);
      await executor.start(order);
      expect(toldBy(await follow(bench, order.attemptId))).toEqual(toldBy(first));
      expect(first.lines).toHaveLength(1);
    });

    it('tells its exit code where it fails', async () => {
      const { attemptId } = await start('failing');
      const { last } = await follow(bench, attemptId);
      expect(last.end).toMatchObject({ exitCode: 3, signal: null, reason: 'exited' });
      expect(await executor.listFiles(attemptId)).toEqual([]);
    });

    it('is known to have lasted until shortly ago while it runs', async () => {
      const { attemptId } = await start('endless');
      const { last: before } = await follow(bench, attemptId, isTraining);
      const { last } = await follow(
        bench,
        attemptId,
        ({ aliveUntil }) => Number(aliveUntil) > Number(before.startedAt) + 900,
      );
      expect(last).toMatchObject({ status: 'running', startedAt: before.startedAt, end: null });
      await executor.cancel(attemptId, 'cancelled');
      await follow(bench, attemptId);
    });
  });

  describe(`${name}: stopping`, () => {
    it('ends a run that is asked to, for the first reason given', async () => {
      const { attemptId } = await start('endless');
      await follow(bench, attemptId, isTraining);
      await executor.cancel(attemptId, 'cancelled');
      await executor.cancel(attemptId, 'timeout');
      const { last } = await follow(bench, attemptId);
      expect(last.end?.reason).toBe('cancelled');
      await executor.cancel(attemptId, 'lease');
      expect((await executor.poll(attemptId, last.cursor)).end).toEqual(last.end);
    });

    it('ends one that does not listen by force, after the grace period', async () => {
      const { attemptId } = await start('stubborn', { graceMs: 400 });
      const { last: before } = await follow(bench, attemptId, isTraining);
      await executor.cancel(attemptId, 'cancelled');
      const { last } = await follow(bench, attemptId);
      expect(last.end).toMatchObject({ reason: 'cancelled', exitCode: null, signal: 'SIGKILL' });
      expect(Number(last.end?.at) - Number(before.startedAt)).toBeGreaterThanOrEqual(400);
    });

    it('ends a run at its longest time', async () => {
      const { attemptId } = await start('endless', { maxRuntimeMs: 300 });
      const { last } = await follow(bench, attemptId);
      expect(last.end?.reason).toBe('timeout');
      expect(Number(last.end?.at) - Number(last.startedAt)).toBeGreaterThanOrEqual(300);
    });

    it('ends a run that nobody renews, and not one that is renewed', async () => {
      const leaseMs = 1_500;
      const { attemptId } = await start('endless', { leaseMs });
      let renewed = true;
      const pass = async (ms: number) => {
        renewed &&= await executor.renew(attemptId);
        await bench.pass(ms);
      };
      const isPast = ({ aliveUntil, startedAt, end }: RunReport) =>
        end !== null || Number(aliveUntil) > Number(startedAt) + 2 * leaseMs;
      const renewing = { executor, pass };
      expect((await follow(renewing, attemptId, isPast)).last.status).toBe('running');
      expect(renewed).toBe(true);
      const { last } = await follow(bench, attemptId);
      expect(last.end?.reason).toBe('lease');
      expect(await executor.renew(attemptId)).toBe(false);
    });

    it('keeps a run from beginning that is cancelled at once', async () => {
      const { attemptId } = await start('endless');
      await executor.cancel(attemptId, 'cancelled');
      const { last } = await follow(bench, attemptId);
      expect(last.end?.reason).toBe('cancelled');
    });
  });

  describe(`${name}: files`, () => {
    it('gives what a run left behind, once it has ended', async () => {
      const { attemptId } = await start('obedient');
      await expect(executor.listFiles(attemptId)).rejects.toMatchObject({ code: 'conflict' });
      await expect(executor.readFile(attemptId, 'notes.txt')).rejects.toMatchObject({ code: 'conflict' });
      await follow(bench, attemptId);
      expect(await executor.listFiles(attemptId)).toEqual([
        { name: 'deep/inside.txt', bytes: 6 },
        { name: 'notes.txt', bytes: 7 },
      ]);
      expect(String(await buffer(await executor.readFile(attemptId, 'notes.txt')))).toBe('trained');
    });

    it('has no file outside of what the run left behind', async () => {
      const { attemptId } = await start('obedient');
      await follow(bench, attemptId);
      const names = ['missing', '', '.', '..', '../order.json', 'deep', 'deep/../notes.txt', '/etc/hostname', 'a\0b'];
      for (const name of [...names, '__proto__']) {
        await expect(executor.readFile(attemptId, name), name).rejects.toMatchObject({ code: 'not_found' });
      }
    });

    it('forgets a run that has ended, and refuses to while it lasts', async () => {
      const { attemptId } = await start('endless');
      await follow(bench, attemptId, isTraining);
      await expect(executor.discard(attemptId)).rejects.toMatchObject({ code: 'conflict' });
      expect(await executor.listRuns()).toContain(attemptId);
      await executor.cancel(attemptId, 'cancelled');
      await follow(bench, attemptId);
      await executor.discard(attemptId);
      expect((await executor.poll(attemptId, '')).status).toBe('unknown');
      expect(await executor.listRuns()).not.toContain(attemptId);
      await executor.discard(attemptId);
    });
  });

  describe(`${name}: a run that nobody started`, () => {
    it('is unknown, and nothing that is asked of it does harm', async () => {
      const attemptId = randomUUID();
      expect(await executor.poll(attemptId, '12345')).toMatchObject({ status: 'unknown', end: null, startedAt: null });
      expect(await executor.renew(attemptId)).toBe(false);
      await executor.cancel(attemptId, 'cancelled');
      await executor.discard(attemptId);
      await expect(executor.listFiles(attemptId)).rejects.toMatchObject({ code: 'not_found' });
      expect((await executor.poll(attemptId, '')).status).toBe('unknown');
    });
  });
}
