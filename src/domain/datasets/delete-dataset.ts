import type { UserCtx, WithFiles } from '@/domain/context';
import type { DatasetDeleted } from '@/domain/datasets/schema';
import { deleteDatasetRow, lockForDeletion } from '@/domain/datasets/store';
import { conflict, notFound } from '@/lib/errors';
import { formatCount } from '@/lib/format';

/**
 * Deletes a dataset, then its file; a file that stays behind is removed by the upkeep. Jobs that have ended keep what
 * they learned and forget where from.
 *
 * @throws PipelineError `not_found`, and `conflict` while a job that has not ended needs it
 */
export async function deleteDataset(ctx: WithFiles<UserCtx>, { id }: { id: string }): Promise<DatasetDeleted> {
  const fileKey = await ctx.service.transaction(async (tx) => {
    const found = await lockForDeletion(tx, ctx.userId, id);
    if (!found) throw notFound('dataset');
    if (found.openJobs > 0) {
      const jobs = formatCount(found.openJobs, 'job');
      throw conflict(`${jobs} that has not ended needs this dataset: cancel it first, or wait for its end.`);
    }
    await deleteDatasetRow(tx, ctx.userId, id);
    return found.fileKey;
  });
  if (fileKey !== null) {
    await ctx.files
      .remove(fileKey)
      .catch((error: unknown) => ctx.log.warn({ error, datasetId: id }, 'the file of a deleted dataset stays for now'));
  }
  return { id: id.toLowerCase() };
}
