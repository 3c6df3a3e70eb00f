import { createHash } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { z } from 'zod';
import type { DB } from '@/db/types';
import {
  answerStatement,
  findAnswer,
  insertAnswer,
  type KeptAnswer,
  lockKey,
} from '@/domain/accounts/idempotency-store';
import type { UserCtx } from '@/domain/context';
import { conflict } from '@/lib/errors';

/** A request that its sender may send again, not knowing whether it arrived. */
export interface OnceRequest<R> {
  /** The sender's name for it; null: each one is a request of its own. */
  readonly key: string | null;
  /** What is asked for, such as `POST /api/jobs`. */
  readonly operation: string;
  /** All that the request says, as plain values. */
  readonly content: unknown;
  /** Reads an answer that was kept. */
  readonly answer: z.ZodType<R>;
}

export interface OnceWork<P, R> {
  /** Whatever has to be found out first; outside the transaction. */
  prepare(): Promise<P>;
  /** Does it, within the transaction, and gives the answer: plain values that JSON can hold. */
  effect(tx: Transaction<DB>, prepared: P): Promise<R>;
}

/** The same for equal values, in whatever order their names came. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, part]) => [name, canonical(part)]),
  );
}

const hashOf = ({ operation, content }: Pick<OnceRequest<unknown>, 'operation' | 'content'>): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([operation, canonical(content)]))
    .digest();

function replay<R>(kept: KeptAnswer, hash: Buffer, answer: z.ZodType<R>): R {
  if (kept.request_hash.equals(hash)) return answer.parse(kept.answer);
  throw conflict(
    'This Idempotency-Key was used for another request. Send a new key, or the first request unchanged to get its answer.',
  );
}

/**
 * Does what a request asks for once, however often it is sent with its key, also at the same time: its effect, and the
 * answer under the key, are one transaction. Requests with the same key and content get the first one's answer; those
 * that come while it is being worked on wait for it. What failed leaves nothing behind and may be sent again.
 *
 * @throws PipelineError `conflict` for a key that came with another request, and whatever the work throws
 */
export async function onceOnly<P, R>(ctx: UserCtx, request: OnceRequest<R>, work: OnceWork<P, R>): Promise<R> {
  const { key } = request;
  if (key === null) {
    const prepared = await work.prepare();
    return ctx.service.transaction((tx) => work.effect(tx, prepared));
  }
  const hash = hashOf(request);
  const [[known]] = await ctx.session.read(answerStatement(ctx.userId, key));
  if (known) return replay(known, hash, request.answer);
  const prepared = await work.prepare();
  return ctx.service.transaction(async (tx) => {
    await lockKey(tx, ctx.userId, key);
    const first = await findAnswer(tx, ctx.userId, key);
    if (first) return replay(first, hash, request.answer);
    const answer = await work.effect(tx, prepared);
    await insertAnswer(tx, { userId: ctx.userId, key, hash, answer, at: ctx.clock.now() });
    return answer;
  });
}
