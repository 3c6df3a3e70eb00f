import type { Phase } from '@/domain/ledger/charge';
import { bucketStart } from '@/domain/metering/buckets';
import { METRICS, type ProgressEvent } from '@/domain/training/progress';

/** A stretch of an attempt in one phase, ms since 1970; the next one begins where it ends. */
export interface Segment {
  /** From 1, without gaps. */
  readonly number: number;
  readonly phase: Phase;
  readonly startedAt: number;
  /** Null: it still lasts. */
  readonly endedAt: number | null;
  /** First and last training step that was reported in it; null where none was. */
  readonly firstStep: number | null;
  readonly lastStep: number | null;
}

/** The steps that were reported in one phase of one quarter-hour. */
export interface BucketSteps {
  readonly bucket: number;
  readonly phase: Phase;
  readonly first: number;
  readonly last: number;
}

/** The last complete checkpoint and when it was announced. */
export interface Checkpoint {
  readonly step: number;
  readonly at: number;
}

/** What a run said last. Fields that it never named are null. */
export interface Progress {
  readonly step: number | null;
  readonly total: number | null;
  readonly epoch: number | null;
  readonly tokens: number | null;
  readonly metrics: Readonly<Record<string, number>>;
  /** When it last reported a further step, ms since 1970. */
  readonly stepAt: number | null;
  /** What it says went wrong. */
  readonly error: ProgressEvent['error'] | null;
  /** Its loss was no finite number: what it does from then on only costs money. */
  readonly diverged: boolean;
}

/** Everything that an attempt did, made of its run's events alone: reading them again gives the same. */
export interface Timeline {
  readonly startedAt: number;
  readonly segments: readonly Segment[];
  readonly steps: readonly BucketSteps[];
  readonly checkpoint: Checkpoint | null;
  readonly progress: Progress;
}

/** An event and the instant at which it was seen. */
export interface SeenEvent {
  readonly at: number;
  readonly event: ProgressEvent;
}

/** A trainer that changes its phase more often is held in the phase that it was in: its charges stay exact. */
export const MOST_SEGMENTS = 10_000;

const NO_PROGRESS: Progress = {
  step: null,
  total: null,
  epoch: null,
  tokens: null,
  metrics: {},
  stepAt: null,
  error: null,
  diverged: false,
};

/** A run that has just started and said nothing yet: it is being set up. */
export const beginTimeline = (startedAt: number): Timeline => ({
  startedAt,
  segments: [{ number: 1, phase: 'setup', startedAt, endedAt: null, firstStep: null, lastStep: null }],
  steps: [],
  checkpoint: null,
  progress: NO_PROGRESS,
});

/** The phase that an event puts a run into; steps without a phase end the setup. `lost` is not for trainers to say. */
function phaseAfter(current: Phase, { phase, step, loss }: ProgressEvent): Phase {
  if (phase !== undefined && phase !== 'lost') return phase;
  return current === 'setup' && (step !== undefined || loss !== undefined) ? 'training' : current;
}

/** The numbers of an event that make a curve; what is no finite number is left out. */
export function finiteMetrics(event: ProgressEvent): Record<string, number> {
  const found: Record<string, number> = {};
  for (const name of METRICS) {
    const value = event[name];
    if (value !== undefined && Number.isFinite(value)) found[name] = value;
  }
  return found;
}

function progressAfter(before: Progress, { at, event }: SeenEvent): Progress {
  const moved = event.step !== undefined && event.step !== before.step;
  return {
    step: event.step ?? before.step,
    total: event.total ?? before.total,
    epoch: event.epoch ?? before.epoch,
    tokens: event.tokens ?? before.tokens,
    metrics: { ...before.metrics, ...finiteMetrics(event) },
    stepAt: moved ? at : before.stepAt,
    error: event.error ?? before.error,
    diverged: before.diverged || (event.loss !== undefined && !Number.isFinite(event.loss)),
  };
}

const withStep = (segment: Segment, step: number | undefined): Segment =>
  step === undefined ? segment : { ...segment, firstStep: segment.firstStep ?? step, lastStep: step };

function addStep(steps: BucketSteps[], at: number, phase: Phase, step: number): void {
  const bucket = bucketStart(at, 'quarter');
  for (let i = steps.length - 1; i >= 0 && steps[i]?.bucket === bucket; i -= 1) {
    const found = steps[i];
    if (found?.phase === phase) {
      steps[i] = { ...found, first: Math.min(found.first, step), last: Math.max(found.last, step) };
      return;
    }
  }
  steps.push({ bucket, phase, first: step, last: step });
}

/**
 * Goes on with a timeline. From the start to the first event that says otherwise is setup; a phase begins at the
 * instant at which it was seen. An event seen before its forerunner (a clock was set back) counts as seen with it.
 */
export function extendTimeline(timeline: Timeline, events: readonly SeenEvent[]): Timeline {
  if (events.length === 0) return timeline;
  const segments = [...timeline.segments];
  const steps = [...timeline.steps];
  let { checkpoint, progress } = timeline;
  for (const seen of events) {
    const { event } = seen;
    let open = segments.at(-1) as Segment;
    const at = Math.max(seen.at, open.startedAt);
    const phase = phaseAfter(open.phase, event);
    if (phase !== open.phase && segments.length < MOST_SEGMENTS) {
      segments[segments.length - 1] = { ...open, endedAt: at };
      open = { number: open.number + 1, phase, startedAt: at, endedAt: null, firstStep: null, lastStep: null };
      segments.push(open);
    }
    segments[segments.length - 1] = withStep(open, event.step);
    if (event.step !== undefined) addStep(steps, at, open.phase, event.step);
    if (event.checkpoint !== undefined) checkpoint = { step: event.checkpoint, at };
    progress = progressAfter(progress, { at, event });
  }
  return { ...timeline, segments, steps, checkpoint, progress };
}

/** The timeline of a run that was over at `end`: nothing lasts beyond it. */
export function closeTimeline(timeline: Timeline, end: number): Timeline {
  const last = Math.max(end, timeline.startedAt);
  const segments = timeline.segments.map((segment) => ({
    ...segment,
    startedAt: Math.min(segment.startedAt, last),
    endedAt: Math.min(segment.endedAt ?? last, last),
  }));
  return { ...timeline, segments };
}

/**
 * Marks what a closed timeline did from `from` on as lost: it will be done again. Phases that `keeps` names stay what
 * they were. Steps of a quarter-hour are divided at the checkpoint.
 */
export function markLost(timeline: Timeline, from: number, keeps: (phase: Phase) => boolean): Timeline {
  const segments: Segment[] = [];
  const add = (segment: Segment) => segments.push({ ...segment, number: segments.length + 1 });
  for (const segment of timeline.segments) {
    const end = segment.endedAt ?? segment.startedAt;
    if (keeps(segment.phase) || end <= from) {
      add(segment);
    } else if (segment.startedAt >= from) {
      add({ ...segment, phase: 'lost' });
    } else {
      add({ ...segment, endedAt: from, lastStep: upTo(segment.lastStep, timeline.checkpoint) });
      add({ ...segment, phase: 'lost', startedAt: from, firstStep: after(segment.firstStep, timeline.checkpoint) });
    }
  }
  return { ...timeline, segments, steps: divideSteps(timeline, from) };
}

const upTo = (step: number | null, checkpoint: Checkpoint | null): number | null =>
  step === null || checkpoint === null ? step : Math.min(step, checkpoint.step);
const after = (step: number | null, checkpoint: Checkpoint | null): number | null =>
  step === null || checkpoint === null ? step : Math.max(step, checkpoint.step + 1);

function divideSteps({ steps, checkpoint }: Timeline, from: number): BucketSteps[] {
  const divided: BucketSteps[] = [];
  const firstBucket = bucketStart(from, 'quarter');
  const kept = checkpoint?.step ?? -1;
  for (const entry of steps) {
    if (entry.bucket < firstBucket) {
      divided.push(entry);
      continue;
    }
    if (entry.first <= kept) divided.push({ ...entry, last: Math.min(entry.last, kept) });
    if (entry.last > kept) {
      addStep(divided, entry.bucket, 'lost', Math.max(entry.first, kept + 1));
      addStep(divided, entry.bucket, 'lost', entry.last);
    }
  }
  return divided;
}
