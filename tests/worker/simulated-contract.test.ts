import type { Clock } from '@/lib/clock';
import { SimulatedExecutor } from '@/worker/executors/simulated/simulated-executor';
import { phasedTimeline, type Timeline } from '@/worker/executors/simulated/timeline';
import { describeExecutor, type RunKind } from './executor-contract';

const training = (lastsMs: number, rest: Partial<Timeline> = {}): Timeline => ({
  ...phasedTimeline([{ phase: 'training', ms: 0 }]),
  lastsMs,
  ...rest,
});

const obedient = phasedTimeline([
  { phase: 'setup', ms: 40 },
  { phase: 'training', ms: 100, steps: 3, metrics: (step) => ({ loss: 3 / step }) },
]);

const TIMELINES: Record<RunKind, Timeline> = {
  obedient: {
    ...obedient,
    told: [...obedient.told, { afterMs: 140, stream: 'stdout', text: 'hello' }],
    files: { 'notes.txt': Buffer.from('trained'), 'deep/inside.txt': Buffer.from('inside') },
  },
  endless: training(Number.POSITIVE_INFINITY),
  stubborn: training(Number.POSITIVE_INFINITY, { stopsAfterMs: null }),
  failing: training(50, { exitCode: 3 }),
};

describeExecutor('simulated', async () => {
  let now = 0;
  const clock: Clock = { now: () => new Date(1_760_000_000_000 + now), monotonicMs: () => now };
  const timelineOf = ({ trainer }: { trainer: string }) => TIMELINES[trainer as RunKind];
  return {
    executor: new SimulatedExecutor({ clock, timelineOf }),
    trainers: { obedient: 'obedient', endless: 'endless', stubborn: 'stubborn', failing: 'failing' },
    pass: async (ms) => {
      now += ms;
    },
    close: async () => {},
  };
});
