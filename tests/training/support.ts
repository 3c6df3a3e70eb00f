import type { Caller } from '@/db/session';
import type { QueueName, SystemCtx, WithQueue } from '@/domain/context';
import { claimJob } from '@/domain/training/claim-job';
import type { EndInput } from '@/domain/training/end-attempt';
import type { RunProgress } from '@/domain/training/report';
import { beginTimeline, extendTimeline, type SeenEvent, type Timeline } from '@/domain/training/segments';
import { type ManualClock, manualClock, systemCtx } from '../ledger/support';
import type { TestDatabase } from '../support/database';

/** How a price of a test differs from ten cents an hour. */
export interface PriceTerms {
  readonly unitPrice?: string;
  readonly unit?: string;
  readonly incrementMs?: number;
  readonly minimumMs?: number;
  readonly billedPhases?: readonly string[] | null;
  readonly gpuCount?: number;
}

let serial = 0;

/** Adds a price of its own and gives its id. */
export async function addPrice({ admin }: TestDatabase, terms: PriceTerms = {}): Promise<string> {
  serial += 1;
  const { rows } = await admin.query<{ id: string }>(
    `insert into lora_prices (provider, sku, kind, gpu_type, gpu_count, purchase_option, unit, unit_price, increment_ms,
       minimum_ms, billed_phases, version, valid_from, origin, observed_on)
     values ('test', $1, 'gpu', 'cpu', $2, 'owned', $3, $4, $5, $6, $7, 1, '2020-01-01Z', 'a test', '2020-01-01')
     returning id`,
    [
      `sku-${process.pid}-${serial}`,
      terms.gpuCount ?? 1,
      terms.unit ?? 'hour',
      terms.unitPrice ?? '0.1',
      terms.incrementMs ?? 1,
      terms.minimumMs ?? 0,
      terms.billedPhases ?? null,
    ],
  );
  return rows[0]?.id ?? '';
}

export interface JobTerms {
  readonly priceId: string;
  readonly name?: string;
  readonly executor?: string;
  readonly trainer?: string;
  readonly gpuCount?: number;
  readonly tags?: Record<string, string>;
}

/** Adds a job that waits, without its queue item, and gives its id. */
export async function addJob({ admin }: TestDatabase, caller: Caller, terms: JobTerms): Promise<string> {
  const { rows } = await admin.query<{ id: string }>(
    `insert into lora_training_jobs (user_id, name, status, executor, trainer, base_model, hyperparameters, gpu_type,
       gpu_count, price_id, total_steps, tags)
     values ($1, $2, 'queued', $3, $7, 'pipeline/tiny-byte-lm', '{}', 'cpu', $4, $5, 100, $6) returning id`,
    [
      caller.userId,
      terms.name ?? 'a run',
      terms.executor ?? 'fake',
      terms.gpuCount ?? 1,
      terms.priceId,
      JSON.stringify(terms.tags ?? {}),
      terms.trainer ?? 'tiny',
    ],
  );
  return rows[0]?.id ?? '';
}

export interface TrainingCtx extends WithQueue<SystemCtx> {
  readonly clock: ManualClock;
  /** What was sent to the queue, oldest first. */
  readonly sent: { queue: QueueName; id: string }[];
}

export function trainingCtx(db: TestDatabase, start = '2026-06-15T12:00:00Z'): TrainingCtx {
  const sent: { queue: QueueName; id: string }[] = [];
  const clock = manualClock(start);
  const queue = { send: async (_: unknown, name: QueueName, id: string) => void sent.push({ queue: name, id }) };
  return { ...systemCtx(db, clock), clock, queue, sent };
}

export const WORKER = { worker: 'here:1:1', host: 'here', leaseMs: 15_000, executors: ['fake'], mostRunning: 1_000 };

/** Claims a job that can be claimed. */
export async function claimed(ctx: SystemCtx, jobId: string, worker: Partial<typeof WORKER> = {}) {
  const held = await claimJob(ctx, { jobId, ...WORKER, ...worker });
  if (held === null) throw new Error('the job could not be claimed');
  return held;
}

/** A timeline made of events given as [ms after the start, event]. */
export const timelineOf = (startedAt: number, events: readonly (readonly [number, SeenEvent['event']])[]): Timeline =>
  extendTimeline(
    beginTimeline(startedAt),
    events.map(([after, event]) => ({ at: startedAt + after, event })),
  );

export const reportOf = (
  held: { attemptId: string; fence: number },
  timeline: Timeline,
  asOf: number,
  rest: Partial<Pick<RunProgress, 'points' | 'lines'>> = {},
): RunProgress => ({ attemptId: held.attemptId, fence: held.fence, timeline, asOf, points: [], lines: [], ...rest });

/** A run that ended by itself and well, but for what is given. */
export const endOf = (
  held: { attemptId: string; fence: number },
  at: number | null,
  timeline: Timeline | null,
  { end, ...rest }: Omit<Partial<EndInput>, 'end'> & { end?: Partial<EndInput['end']> } = {},
): EndInput => ({
  attemptId: held.attemptId,
  fence: held.fence,
  timeline,
  points: [],
  lines: [],
  lastLines: [],
  ...rest,
  end: { at, exitCode: 0, signal: null, reason: 'exited', message: null, ...end },
});

/** An attempt's charges as they stand, oldest first. */
export async function chargesOf({ admin }: TestDatabase, attemptId: string) {
  const { rows } = await admin.query<{
    phase: string;
    at: string;
    amount: string;
    state: string;
    details: Record<string, string | number | null>;
  }>(
    `select phase, extract(epoch from recorded_at) * 1000 as at, amount, state, details from lora_cost_records
     where source = $1 order by recorded_at, phase`,
    [`attempt:${attemptId}`],
  );
  return rows.map((row) => ({ ...row, at: Number(row.at) }));
}

export async function attemptRow({ admin }: TestDatabase, attemptId: string) {
  const { rows } = await admin.query('select * from lora_job_attempts where id = $1', [attemptId]);
  return rows[0];
}

export async function jobRow({ admin }: TestDatabase, jobId: string) {
  const { rows } = await admin.query('select * from lora_training_jobs where id = $1', [jobId]);
  return rows[0];
}

/** Types of the notifications of a job, oldest first. */
export async function noticesOf({ admin }: TestDatabase, jobId: string) {
  const { rows } = await admin.query<{
    type: string;
    title: string;
    message: string;
    metadata: Record<string, unknown>;
  }>('select type, title, message, metadata from lora_notifications where job_id = $1 order by seq', [jobId]);
  return rows;
}

/** Everything that writes for an attempt could touch, as one text to compare. */
export async function everythingOf({ admin }: TestDatabase, jobId: string): Promise<string> {
  const { rows } = await admin.query(
    `select (select to_jsonb(j) from lora_training_jobs j where j.id = $1) as job,
      (select jsonb_agg(to_jsonb(a) order by a.number) from lora_job_attempts a where a.job_id = $1) as attempts,
      (select jsonb_agg(to_jsonb(s) order by s.attempt_id, s.number) from lora_job_segments s
       join lora_job_attempts a on a.id = s.attempt_id where a.job_id = $1) as segments,
      (select jsonb_agg(to_jsonb(r) order by r.id) from lora_cost_records r where r.job_ref = $1) as charges,
      (select jsonb_agg(to_jsonb(m) order by m.id) from lora_metrics_points m where m.job_id = $1) as points,
      (select jsonb_agg(to_jsonb(l) order by l.id) from lora_job_log_lines l where l.job_id = $1) as lines,
      (select jsonb_agg(to_jsonb(n) order by n.id) from lora_notifications n where n.job_id = $1) as notices,
      (select c.version from lora_cost_state c join lora_training_jobs j on j.user_id = c.user_id where j.id = $1)
        as version`,
    [jobId],
  );
  return JSON.stringify(rows[0]);
}
