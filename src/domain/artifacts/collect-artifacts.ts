import { randomUUID } from 'node:crypto';
import { checkAdapter } from '@/domain/artifacts/check-adapter';
import { artifactFailed, artifactReady } from '@/domain/artifacts/messages';
import { type Quality, summariseQuality } from '@/domain/artifacts/quality';
import { chooseFiles, type RunFiles } from '@/domain/artifacts/run-files';
import type { Adapter, KeptFile } from '@/domain/artifacts/schema';
import { curveStatement, type FinishedJob, finishedJobStatement, insertArtifact } from '@/domain/artifacts/store';
import type { SystemCtx, WithFiles } from '@/domain/context';
import { notify } from '@/domain/notifications/notify';
import { findCurrentPrice } from '@/domain/prices/find-price';
import { parseMoney } from '@/lib/money';

/** What keeping an artifact is charged by. */
const STORAGE = { provider: 'local', sku: 'artifact-storage' } as const;

/** `collected`: the id of the adapter; `refused`: what the run left is no adapter; `none`: the job is not completed. */
export type Collected =
  | { readonly outcome: 'collected'; readonly artifactId: string }
  | { readonly outcome: 'refused'; readonly reason: string }
  | { readonly outcome: 'none' };

/**
 * Takes over what a completed job left: each file is streamed into the store under its final content's hash, the
 * adapter is checked without running anything of it, then the row and the notification are written together. Safe to
 * repeat and to run twice at once: a job has one artifact, and whoever comes second throws its copies away.
 */
export async function collectArtifacts(
  ctx: WithFiles<SystemCtx>,
  { jobId, run }: { jobId: string; run: RunFiles },
): Promise<Collected> {
  const [[job]] = await ctx.session.read(finishedJobStatement(jobId));
  if (!job) return { outcome: 'none' };
  if (job.artifact_id !== null) return { outcome: 'collected', artifactId: job.artifact_id };
  const artifactId = randomUUID();
  const files: KeptFile[] = [];
  try {
    for (const [n, { name }] of chooseFiles(await run.list()).entries()) {
      const key = `artifacts/${artifactId}/${n}`;
      const { bytes, sha256 } = await ctx.files.write(key, await run.read(name));
      files.push({ name, bytes, sha256: sha256.toString('hex'), key });
    }
    const adapter = await checkAdapter(ctx.files, files);
    const written = await writeArtifact(ctx, { jobId, artifactId, job, files, adapter });
    if (!written) await removeAll(ctx, files);
    return written ? { outcome: 'collected', artifactId } : collectArtifacts(ctx, { jobId, run });
  } catch (error) {
    await removeAll(ctx, files);
    if (!(error instanceof RangeError)) throw error;
    await notify(ctx, [artifactFailed({ jobId, userId: job.user_id, name: job.name, reason: error.message })]);
    return { outcome: 'refused', reason: error.message };
  }
}

const removeAll = async (ctx: WithFiles<SystemCtx>, files: readonly KeptFile[]): Promise<void> => {
  for (const { key } of files) await ctx.files.remove(key);
};

async function qualityOf(ctx: SystemCtx, jobId: string, job: FinishedJob): Promise<Quality> {
  const [[curve]] = await ctx.session.read(curveStatement(jobId));
  if (!curve) throw new Error('an aggregate is one row, always');
  const { step: steps, tokens, duration_ms: durationMs } = job;
  return summariseQuality(curve, { steps, tokens, durationMs, cost: parseMoney(job.cost) });
}

/** Writes the row and tells the account; false where the job has an artifact by now. */
async function writeArtifact(
  ctx: WithFiles<SystemCtx>,
  found: { jobId: string; artifactId: string; job: FinishedJob; files: readonly KeptFile[]; adapter: Adapter },
): Promise<boolean> {
  const { jobId, artifactId, job, files, adapter } = found;
  const now = ctx.clock.now();
  const quality = await qualityOf(ctx, jobId, job);
  const storage = await findCurrentPrice(ctx.session, STORAGE, now);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return ctx.session.transaction(async (tx) => {
    const isNew = await insertArtifact(tx, {
      id: artifactId,
      jobId,
      userId: job.user_id,
      name: job.name,
      baseModel: job.base_model,
      adapter,
      quality,
      files,
      bytes,
      priceId: storage.id,
      price: storage.price,
      storedFrom: now,
    });
    if (isNew)
      await notify(tx, [artifactReady({ jobId, artifactId, userId: job.user_id, name: job.name, bytes, quality })]);
    return isNew;
  });
}
