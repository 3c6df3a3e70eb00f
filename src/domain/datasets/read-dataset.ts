import type { UserCtx } from '@/domain/context';
import type { DatasetAnswer } from '@/domain/datasets/schema';
import { findStatement } from '@/domain/datasets/store';
import { notFound } from '@/lib/errors';

/** One dataset with what its validation found. @throws PipelineError `not_found` */
export async function readDataset(ctx: UserCtx, { id }: { id: string }): Promise<DatasetAnswer> {
  const [[dataset]] = await ctx.session.read(findStatement(ctx.userId, id));
  if (!dataset) throw notFound('dataset');
  return dataset;
}
