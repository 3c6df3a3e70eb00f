import { sql, type Transaction } from 'kysely';
import type { DB } from '@/db/types';
import type { HeldFence } from '@/domain/training/attempt';
import { instantMs } from '@/domain/training/claim-store';
import type { LogLine, MetricPoint } from '@/domain/training/report';
import type { Segment, Timeline } from '@/domain/training/segments';
import { asUserId, type UserId } from '@/lib/ids';
import { formatMoney, type Money } from '@/lib/money';

/** A locked attempt with its job, as the tick needs it. */
export interface LockedAttempt {
  readonly id: string;
  readonly jobId: string;
  readonly userId: UserId;
  readonly number: number;
  readonly price: unknown;
  readonly units: string;
  readonly tags: Record<string, string>;
  readonly meteredTo: number | null;
  readonly cost: string;
  readonly jobName: string;
  readonly jobStatus: string;
  readonly cancelRequested: boolean;
  readonly resumedFromStep: number | null;
}

interface LockedRow {
  readonly id: string;
  readonly job_id: string;
  readonly user_id: string;
  readonly number: number;
  readonly price: unknown;
  readonly units: string;
  readonly tags: Record<string, string>;
  readonly metered_to: number | null;
  readonly cost: string;
  readonly name: string;
  readonly status: string;
  readonly cancel_requested: boolean;
  readonly resumed_from_step: number | null;
}

/** First the jobs of these attempts are locked, as everywhere. */
export async function lockJobs(tx: Transaction<DB>, attemptIds: readonly string[]): Promise<void> {
  await sql`
    select from lora_training_jobs j
    where j.id in (select a.job_id from lora_job_attempts a where a.id = any (${attemptIds}::uuid[]))
    order by j.id
    for no key update`.execute(tx);
}

/** Then the attempts, and only those that run and are still held under the fence given. */
export async function lockHeld(tx: Transaction<DB>, held: readonly HeldFence[]): Promise<LockedAttempt[]> {
  const { rows } = await sql<LockedRow>`
    select a.id, a.job_id, a.user_id, a.number, a.price, trim_scale(a.units)::text as units, j.tags,
      ${instantMs(sql`a.metered_to`)} as metered_to, a.cost, j.name, j.status,
      j.cancel_requested_at is not null as cancel_requested, a.resumed_from_step
    from unnest(${held.map((h) => h.attemptId)}::uuid[], ${held.map((h) => h.fence)}::bigint[]) given (id, fence)
    join lora_job_attempts a on a.id = given.id and a.fence = given.fence and a.ended_at is null
    join lora_training_jobs j on j.id = a.job_id
    order by a.id
    for no key update of a`.execute(tx);
  return rows.map((row) => ({
    id: row.id,
    jobId: row.job_id,
    userId: asUserId(row.user_id),
    number: row.number,
    price: row.price,
    units: row.units,
    tags: row.tags,
    meteredTo: row.metered_to,
    cost: row.cost,
    jobName: row.name,
    jobStatus: row.status,
    cancelRequested: row.cancel_requested,
    resumedFromStep: row.resumed_from_step,
  }));
}

/** The cost version of these users moves, and their cost state stays locked. */
export async function touchCostState(tx: Transaction<DB>, userIds: Iterable<string>): Promise<void> {
  const users = [...new Set(userIds)].sort();
  if (users.length > 0) await sql`select private.touch_cost_state(${users}::uuid[])`.execute(tx);
}

/** What a tick writes for one attempt, besides its charges. */
export interface AttemptWrites {
  readonly attempt: LockedAttempt;
  readonly timeline: Timeline;
  readonly meteredTo: number;
  readonly cost: Money;
  readonly byPhase: ReadonlyMap<string, Money>;
  /** By how much the attempt's cost grew. */
  readonly growth: Money;
  /** Whether the timeline goes beyond what is stored; else points and lines alone are written. */
  readonly isFresh: boolean;
  readonly segments: readonly Segment[];
  readonly points: readonly MetricPoint[];
  readonly lines: readonly LogLine[];
}

const instant = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

const segmentRows = (writes: readonly AttemptWrites[]) => {
  const rows = writes.flatMap(({ attempt, segments }) => segments.map((segment) => ({ attempt, ...segment })));
  return sql`
    insert into lora_job_segments as s
      (attempt_id, number, user_id, phase, started_at, ended_at, first_step, last_step)
    select * from unnest(
      ${rows.map((r) => r.attempt.id)}::uuid[], ${rows.map((r) => r.number)}::int[],
      ${rows.map((r) => r.attempt.userId)}::uuid[], ${rows.map((r) => r.phase)}::text[],
      ${rows.map((r) => instant(r.startedAt))}::timestamptz[], ${rows.map((r) => instant(r.endedAt))}::timestamptz[],
      ${rows.map((r) => r.firstStep)}::int[], ${rows.map((r) => r.lastStep)}::int[])
    on conflict (attempt_id, number) do update
      set phase = excluded.phase, started_at = excluded.started_at, ended_at = excluded.ended_at,
        first_step = excluded.first_step, last_step = excluded.last_step
      where (s.phase, s.started_at, s.ended_at, s.first_step, s.last_step) is distinct from
        (excluded.phase, excluded.started_at, excluded.ended_at, excluded.first_step, excluded.last_step)`;
};

/** A step may be reported again with further numbers, as by an evaluation: they are added to its point. */
const pointRows = (writes: readonly AttemptWrites[]) => {
  const rows = writes.flatMap(({ attempt, points }) => points.map((point) => ({ attempt, ...point })));
  return sql`
    insert into lora_metrics_points as m (user_id, job_id, attempt, step, metrics, recorded_at, grain)
    select * from unnest(
      ${rows.map((r) => r.attempt.userId)}::uuid[], ${rows.map((r) => r.attempt.jobId)}::uuid[],
      ${rows.map((r) => r.attempt.number)}::int[], ${rows.map((r) => r.step)}::int[],
      ${rows.map((r) => JSON.stringify(r.metrics))}::jsonb[], ${rows.map((r) => instant(r.at))}::timestamptz[],
      ${rows.map((r) => r.grain)}::int[])
    on conflict (job_id, attempt, step) do update set metrics = m.metrics || excluded.metrics
      where not m.metrics @> excluded.metrics`;
};

const lineRows = (writes: readonly AttemptWrites[]) => {
  const rows = writes.flatMap(({ attempt, lines }) => lines.map((line) => ({ attempt, ...line })));
  return sql`
    insert into lora_job_log_lines (job_id, user_id, attempt, line_no, stream, logged_at, line)
    select * from unnest(
      ${rows.map((r) => r.attempt.jobId)}::uuid[], ${rows.map((r) => r.attempt.userId)}::uuid[],
      ${rows.map((r) => r.attempt.number)}::int[], ${rows.map((r) => r.number)}::int[],
      ${rows.map((r) => r.stream)}::text[], ${rows.map((r) => instant(r.at))}::timestamptz[],
      ${rows.map((r) => r.text)}::text[])
    on conflict (job_id, attempt, line_no) do nothing`;
};

const phaseCosts = ({ byPhase }: AttemptWrites): string =>
  JSON.stringify(Object.fromEntries([...byPhase].map(([phase, cost]) => [phase, formatMoney(cost)])));

const attemptRows = (writes: readonly AttemptWrites[]) => sql`
    update lora_job_attempts a
    set started_at = x.started_at, metered_to = x.metered_to, cost = x.cost, cost_by_phase = x.cost_by_phase,
      checkpoint_step = x.checkpoint_step, checkpoint_at = x.checkpoint_at
    from unnest(
      ${writes.map((w) => w.attempt.id)}::uuid[], ${writes.map((w) => instant(w.timeline.startedAt))}::timestamptz[],
      ${writes.map((w) => instant(w.meteredTo))}::timestamptz[], ${writes.map((w) => formatMoney(w.cost))}::numeric[],
      ${writes.map(phaseCosts)}::jsonb[],
      ${writes.map((w) => w.timeline.checkpoint?.step ?? null)}::int[],
      ${writes.map((w) => instant(w.timeline.checkpoint?.at ?? null))}::timestamptz[])
      x (id, started_at, metered_to, cost, cost_by_phase, checkpoint_step, checkpoint_at)
    where a.id = x.id
      and (a.started_at, a.metered_to, a.cost, a.checkpoint_step, a.checkpoint_at) is distinct from
        (x.started_at, x.metered_to, x.cost, x.checkpoint_step, x.checkpoint_at)`;

const jobRows = (writes: readonly AttemptWrites[]) => sql`
    update lora_training_jobs j
    set status = case when j.status = 'initializing' then 'running' else j.status end,
      started_at = coalesce(j.started_at, x.started_at), phase = x.phase, step = coalesce(x.step, j.step),
      total_steps = coalesce(x.total, j.total_steps), epoch = coalesce(x.epoch, j.epoch),
      tokens_done = coalesce(x.tokens, j.tokens_done), latest_metrics = coalesce(x.metrics, j.latest_metrics),
      progress_at = x.progress_at, current_cost = j.current_cost + x.growth, updated_at = clock_timestamp()
    from unnest(
      ${writes.map((w) => w.attempt.jobId)}::uuid[], ${writes.map((w) => instant(w.timeline.startedAt))}::timestamptz[],
      ${writes.map((w) => w.timeline.segments.at(-1)?.phase ?? null)}::text[],
      ${writes.map((w) => w.timeline.progress.step)}::int[], ${writes.map((w) => w.timeline.progress.total)}::int[],
      ${writes.map((w) => w.timeline.progress.epoch?.toFixed(4) ?? null)}::numeric[],
      ${writes.map((w) => w.timeline.progress.tokens)}::bigint[],
      ${writes.map(({ timeline: { progress } }) => (Object.keys(progress.metrics).length === 0 ? null : JSON.stringify(progress.metrics)))}::jsonb[],
      ${writes.map((w) => instant(w.timeline.progress.stepAt ?? w.timeline.startedAt))}::timestamptz[],
      ${writes.map((w) => formatMoney(w.growth))}::numeric[])
      x (id, started_at, phase, step, total, epoch, tokens, metrics, progress_at, growth)
    where j.id = x.id`;

/** Everything that a tick writes besides charges, in one statement; rows that would not change are left alone. */
export async function writeProgress(tx: Transaction<DB>, writes: readonly AttemptWrites[]): Promise<void> {
  if (writes.length === 0) return;
  const fresh = writes.filter((write) => write.isFresh);
  await sql`
    with segments as (${segmentRows(writes)}),
    points as (${pointRows(writes)}),
    lines as (${lineRows(writes)}),
    attempts as (${attemptRows(fresh)})
    ${jobRows(fresh)}`.execute(tx);
}
