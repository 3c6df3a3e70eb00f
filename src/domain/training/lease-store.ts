import { type CompiledQuery, sql } from 'kysely';
import { builder } from '@/db/builder';
import { type HeldFence, NOBODY } from '@/domain/training/attempt';
import { milliseconds } from '@/domain/training/claim-store';

/** Locks the attempts that are still held under these fences, in the order in which everybody locks them. */
const heldRows = (held: readonly HeldFence[]) => sql`
    select a.id
    from unnest(${held.map((h) => h.attemptId)}::uuid[], ${held.map((h) => h.fence)}::bigint[]) given (id, fence)
    join lora_job_attempts a on a.id = given.id and a.fence = given.fence and a.ended_at is null
    order by a.id
    for no key update of a`;

/** Moves the leases of what is still held, and says for which of it a cancellation was asked. */
export function renewStatement(
  held: readonly HeldFence[],
  leaseMs: number,
): CompiledQuery<{ id: string; cancel_requested: boolean }> {
  return sql<{ id: string; cancel_requested: boolean }>`
    with held as materialized (${heldRows(held)}),
    renewed as (
      update lora_job_attempts a set lease_until = clock_timestamp() + ${milliseconds(leaseMs)}
      from held where a.id = held.id
      returning a.id, a.job_id)
    select r.id, j.cancel_requested_at is not null as cancel_requested
    from renewed r join lora_training_jobs j on j.id = r.job_id`.compile(builder);
}

/** Lets go of attempts whose runs go on for at most `runMs` more by themselves. */
export function releaseStatement(held: readonly HeldFence[], runMs: number): CompiledQuery<{ id: string }> {
  return sql<{ id: string }>`
    with held as materialized (${heldRows(held)})
    update lora_job_attempts a
    set worker = ${NOBODY}, lease_until = least(a.lease_until, clock_timestamp() + ${milliseconds(runMs)})
    from held where a.id = held.id
    returning a.id`.compile(builder);
}

/** Workers that hold attempts on a machine. */
export function workersStatement(host: string): CompiledQuery<{ worker: string }> {
  return sql<{ worker: string }>`
    select distinct a.worker from lora_job_attempts a where a.ended_at is null and a.host = ${host} order by 1`.compile(
    builder,
  );
}

export interface TakeOver {
  readonly worker: string;
  readonly host: string;
  readonly leaseMs: number;
  /** How long a run that nobody renews takes to be over after its lease. */
  readonly graceMs: number;
  readonly executors: readonly string[];
  /** Workers of this machine that are known to be dead. */
  readonly dead: readonly string[];
  /** Attempts that the caller holds: it renews them instead. */
  readonly holding: readonly string[];
  readonly limit: number;
}

/** An attempt that was taken over, from whom, and when its run is surely over where nobody can ask it. */
interface TakenRow {
  readonly id: string;
  readonly previous: string;
  readonly wait_ms: number;
}

/**
 * Takes attempts over. On their own machine at once, when their worker is dead, has let go or lets its lease pass: their
 * runs can be asked there. From another machine only when lease and grace have passed, since their runs cannot be seen.
 */
export function takeOverStatement(input: TakeOver): CompiledQuery<TakenRow> {
  return sql<TakenRow>`
    with gone as materialized (
      select a.id, a.lease_until, a.worker
      from lora_job_attempts a
      where a.ended_at is null and a.executor = any (${input.executors}::text[])
        and not a.id = any (${input.holding}::uuid[])
        and (a.lease_until + ${milliseconds(input.graceMs)} < clock_timestamp()
          or (a.host = ${input.host} and (a.lease_until < clock_timestamp() or a.worker = ${NOBODY}
            or a.worker = any (${input.dead}::text[]))))
      order by a.lease_until, a.id
      limit ${input.limit}::int
      for no key update skip locked)
    update lora_job_attempts a
    set fence = a.fence + 1, worker = ${input.worker}, lease_until = clock_timestamp() + ${milliseconds(input.leaseMs)}
    from gone where a.id = gone.id
    returning a.id, gone.worker as previous,
      greatest(0, ceil(extract(epoch from gone.lease_until + ${milliseconds(input.graceMs)} - clock_timestamp()) * 1000))::float8
        as wait_ms`.compile(builder);
}
