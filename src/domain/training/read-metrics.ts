import { z } from 'zod';
import type { UserCtx } from '@/domain/context';
import { curvesOf } from '@/domain/training/curves';
import type { JobParams, MetricsQuery } from '@/domain/training/job-requests';
import { pointsStatement, theJobStatement } from '@/domain/training/output-store';
import type { MetricsAnswer } from '@/domain/training/schema';
import { notFound } from '@/lib/errors';

const keptMetrics = z.record(z.string(), z.number());

/**
 * The curves of a job: for each metric at most `points` pairs of step and value, extremes kept. All that is stored of it
 * is read, which is bounded: points are thinned as they grow old.
 *
 * @throws PipelineError `not_found`
 */
export async function readMetrics(
  { session, userId }: UserCtx,
  { id, points }: JobParams & MetricsQuery,
): Promise<MetricsAnswer> {
  const [[job], rows] = await session.read(theJobStatement(userId, id), pointsStatement(userId, id));
  if (job === undefined) throw notFound('job');
  const logged = rows.map(({ metrics, ...row }) => ({ ...row, metrics: keptMetrics.parse(metrics) }));
  return { series: curvesOf(logged, points) };
}
