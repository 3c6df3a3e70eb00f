import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { Clock } from '@/lib/clock';
import { SimulatedExecutor } from '@/worker/executors/simulated/simulated-executor';
import { phasedTimeline, type Timeline } from '@/worker/executors/simulated/timeline';
import { orderOf } from './executor-contract';

const ENDLESS: Timeline = { told: [], lastsMs: Number.POSITIVE_INFINITY };

/** A clock whose wall part can be set apart from its monotonic one. */
function openSimulation(timeline: Timeline) {
  const time = { wall: 1_760_000_000_000, monotonic: 5_000 };
  const clock: Clock = { now: () => new Date(time.wall), monotonicMs: () => time.monotonic };
  const executor = new SimulatedExecutor({ clock, timelineOf: () => timeline });
  const pass = (ms: number) => {
    time.wall += ms;
    time.monotonic += ms;
  };
  return { executor, time, pass };
}

async function started(timeline: Timeline, changes = {}) {
  const simulation = openSimulation(timeline);
  const order = orderOf('any', changes);
  await simulation.executor.start(order);
  return { ...simulation, id: order.attemptId };
}

describe('a simulated run', () => {
  it('goes exactly as its phases say', async () => {
    const timeline = phasedTimeline(
      [
        { phase: 'setup', ms: 1_000 },
        { phase: 'training', ms: 3_000, steps: 3, metrics: (step) => ({ loss: 1 / step }) },
        { phase: 'saving', ms: 500 },
      ],
      { beginsAfterMs: 250 },
    );
    const { executor, id, pass } = await started(timeline);
    expect(await executor.poll(id, '')).toMatchObject({ status: 'starting', startedAt: null, aliveUntil: null });
    pass(2_250);
    const middle = await executor.poll(id, '');
    const start = 1_760_000_000_250;
    expect(middle).toMatchObject({ status: 'running', startedAt: start, aliveUntil: start + 2_000 });
    expect(middle.events).toEqual([
      { at: start, event: { phase: 'setup' } },
      { at: start + 1_000, event: { phase: 'training' } },
      { at: start + 2_000, event: { step: 1, loss: 1 } },
    ]);
    pass(1_000_000);
    await executor.renew(id);
    const rest = await executor.poll(id, middle.cursor);
    expect(rest.events.map(({ at }) => at - start)).toEqual([3_000, 4_000, 4_000]);
    expect(rest.end).toMatchObject({ at: start + 4_500, reason: 'exited', exitCode: 0 });
  });

  it('tells a long story in stretches, and its end after the last', async () => {
    const { executor, id, pass } = await started(phasedTimeline([{ phase: 'training', ms: 5_000, steps: 4_500 }]));
    pass(6_000);
    const lengths: number[] = [];
    let report = await executor.poll(id, '');
    for (; report.end === null; report = await executor.poll(id, report.cursor)) {
      lengths.push(report.events.length);
      expect(report.aliveUntil).toBe(report.events.at(-1)?.at);
    }
    expect([...lengths, report.events.length]).toEqual([2_000, 2_000, 501]);
  });

  it('does not care where the wall clock jumps', async () => {
    const { executor, id, pass, time } = await started({ told: [], lastsMs: 2_000 });
    pass(1_000);
    time.wall -= 3_600_000;
    expect((await executor.poll(id, '')).aliveUntil).toBe(1_760_000_001_000);
    pass(5_000);
    expect((await executor.poll(id, '')).end?.at).toBe(1_760_000_002_000);
  });

  it('ends at the instant at which its lease ran out, whenever somebody looks', async () => {
    const { executor, id, pass } = await started(ENDLESS, { leaseMs: 15_000 });
    pass(14_000);
    expect(await executor.renew(id)).toBe(true);
    pass(60_000);
    expect(await executor.renew(id)).toBe(false);
    const { end } = await executor.poll(id, '');
    expect(end).toMatchObject({ at: 1_760_000_029_000, reason: 'lease', signal: 'SIGTERM' });
  });

  it('stops when it likes within the grace period, and then by force', async () => {
    const quick = await started({ ...ENDLESS, stopsAfterMs: 70 }, { graceMs: 5_000 });
    const slow = await started({ ...ENDLESS, stopsAfterMs: 9_000 }, { graceMs: 5_000 });
    for (const { executor, id, pass } of [quick, slow]) {
      pass(1_000);
      await executor.cancel(id, 'cancelled');
      pass(10_000);
    }
    expect((await quick.executor.poll(quick.id, '')).end?.at).toBe(1_760_000_001_070);
    expect((await slow.executor.poll(slow.id, '')).end?.at).toBe(1_760_000_006_000);
  });
});

describe('what tests may do to a simulated run', () => {
  it('is to take its machine away', async () => {
    const { executor, id, pass } = await started(ENDLESS);
    pass(1_000);
    executor.vanish(id);
    expect((await executor.poll(id, '')).status).toBe('unknown');
    expect(await executor.renew(id)).toBe(false);
  });

  it('is to lose what watches it', async () => {
    const { executor, id, pass } = await started(ENDLESS);
    pass(1_000);
    executor.lose(id);
    pass(1_000);
    expect((await executor.poll(id, '')).end).toMatchObject({ at: 1_760_000_001_000, reason: 'lost', signal: null });
  });

  it('is to let it refuse to stop, for a while', async () => {
    const { executor, id, pass } = await started(ENDLESS, { graceMs: 100 });
    executor.refuseToStop(id);
    await executor.cancel(id, 'cancelled');
    pass(60_000);
    expect((await executor.poll(id, '')).status).toBe('running');
    executor.giveIn(id);
    expect((await executor.poll(id, '')).end).toMatchObject({ at: 1_760_000_060_000, reason: 'cancelled' });
  });
});

describe('what a simulated run leaves behind', () => {
  it('is a small valid adapter where it ended well', async () => {
    const { executor, id, pass } = await started({ told: [], lastsMs: 10 });
    pass(10);
    expect((await executor.listFiles(id)).map(({ name }) => name)).toEqual([
      'adapter_config.json',
      'adapter_model.safetensors',
    ]);
    const config = JSON.parse(String(await buffer(await executor.readFile(id, 'adapter_config.json'))));
    expect(config).toMatchObject({ peft_type: 'LORA', r: 4, lora_alpha: 8, target_modules: ['q_proj'] });
    const bytes = await buffer(await executor.readFile(id, 'adapter_model.safetensors'));
    const length = Number(bytes.readBigUInt64LE());
    const { __metadata__, ...tensors } = JSON.parse(bytes.toString('utf8', 8, 8 + length));
    const ends = Object.values(tensors).map((tensor) => {
      const { dtype, shape, data_offsets } = tensor as { dtype: string; shape: number[]; data_offsets: number[] };
      expect(dtype).toBe('F32');
      expect(shape.reduce((a, b) => a * b) * 4).toBe(Number(data_offsets[1]) - Number(data_offsets[0]));
      return data_offsets[1];
    });
    expect(ends.at(-1)).toBe(bytes.length - 8 - length);
    expect(length % 8).toBe(0);
  });

  it('is nothing where it did not', async () => {
    const { executor, id, pass } = await started({ told: [], lastsMs: 10, exitCode: 1 });
    pass(10);
    expect(await executor.listFiles(id)).toEqual([]);
  });
});
