import { type ManualClock, userCtx } from '@tests/ledger/support';
import type { TestDatabase } from '@tests/support/database';
import type { Caller } from '@/db/session';
import type { RunOffer, UserCtx, WithOffer } from '@/domain/context';
import { type JobConfig, jobConfig } from '@/domain/estimates/job-config';

export const OFFER: RunOffer = {
  trainers: ['tiny', 'axolotl'],
  executors: ['local', 'simulated'],
  mostRunning: 4,
  mostQueued: 50,
};

export const offerCtx = (db: TestDatabase, caller: Caller, clock: ManualClock): WithOffer<UserCtx> => ({
  ...userCtx(db, caller, clock),
  offer: OFFER,
});

/** Adds a dataset as its validation leaves it, and gives its id. */
export async function addDataset(
  { admin }: TestDatabase,
  { userId }: Pick<Caller, 'userId'>,
  { status = 'ready', rows = 1_000, tokens = 200_000, longest = 480 } = {},
): Promise<string> {
  const training = Math.floor(rows * 0.9);
  const { rows: made } = await admin.query<{ id: string }>(
    `insert into lora_datasets (user_id, name, status, rows_total, rows_training, rows_validation, tokens, report)
     values ($1, 'instructions', $2, $3, $4, $5, $6, jsonb_build_object('longest', $7::int)) returning id`,
    [userId, status, rows, training, rows - training, tokens, longest],
  );
  return made[0]?.id ?? '';
}

/** Adds a job without anything around it, as something to hang an estimate on, and gives its id. */
export async function addJob(
  { admin }: TestDatabase,
  { userId }: Pick<Caller, 'userId'>,
  tags: Record<string, string> = {},
): Promise<string> {
  const { rows } = await admin.query<{ id: string }>(
    `insert into lora_training_jobs (user_id, name, status, trainer, executor, tags)
     values ($1, 'a run', 'running', 'axolotl', 'local', $2) returning id`,
    [userId, JSON.stringify(tags)],
  );
  return rows[0]?.id ?? '';
}

/** A configuration as a body of JSON would give it. */
export const config = (given: Record<string, unknown>): JobConfig => jobConfig.parse(given);
