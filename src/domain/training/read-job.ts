import { createHash } from 'node:crypto';
import type { UserCtx } from '@/domain/context';
import { presentDetail } from '@/domain/training/job-detail';
import type { JobParams } from '@/domain/training/job-requests';
import { attemptsStatement, extrasStatement, importedCostStatement } from '@/domain/training/job-store';
import type { JobDetail } from '@/domain/training/schema';
import { oneJobStatement } from '@/domain/training/store';
import { notFound } from '@/lib/errors';

/**
 * One of the caller's jobs with everything about it.
 *
 * @throws PipelineError `not_found`
 */
export async function findJobDetail({ session, userId, clock }: UserCtx, id: string): Promise<JobDetail> {
  const [[job], [extras], attempts, imported] = await session.read(
    oneJobStatement(userId, id),
    extrasStatement(userId, id),
    attemptsStatement(userId, id),
    importedCostStatement(userId, id, clock.now()),
  );
  if (job === undefined || extras === undefined) throw notFound('job');
  return presentDetail({ job, extras, attempts, imported });
}

/** The same, with a tag that changes exactly when the answer does; null for data where the caller has it already. */
export async function readJob(
  ctx: UserCtx,
  { id }: JobParams,
  knownTags: readonly string[] = [],
): Promise<{ tag: string; data: JobDetail | null }> {
  const data = await findJobDetail(ctx, id);
  const tag = createHash('sha256').update(JSON.stringify(data)).digest('base64url');
  return { tag, data: knownTags.includes(tag) ? null : data };
}
