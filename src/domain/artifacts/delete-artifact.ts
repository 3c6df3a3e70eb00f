import type { ArtifactParams, DeletedAnswer } from '@/domain/artifacts/schema';
import { storageCharges } from '@/domain/artifacts/storage-charges';
import { lockArtifact, markDeleted } from '@/domain/artifacts/store';
import type { UserCtx, WithFiles } from '@/domain/context';
import { recordCharges } from '@/domain/ledger/record-charges';
import { notFound } from '@/lib/errors';

/**
 * Deletes an adapter: its storage is charged to this instant and then never again, and its files go. What a crash
 * leaves of the files, the sweep of files that no row names removes.
 *
 * @throws PipelineError `not_found`
 */
export async function deleteArtifact(ctx: WithFiles<UserCtx>, { id }: ArtifactParams): Promise<DeletedAnswer> {
  const now = ctx.clock.now();
  const files = await ctx.service.transaction(async (tx) => {
    const artifact = await lockArtifact(tx, ctx.userId, id);
    if (!artifact) throw notFound('model');
    if (artifact.price !== null) await recordCharges(tx, storageCharges(artifact, now, now));
    await markDeleted(tx, id, now);
    return artifact.files;
  });
  for (const { key } of files) await ctx.files.remove(key);
  return { id, deleted_at: now.toISOString() };
}
