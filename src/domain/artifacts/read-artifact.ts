import type { ArtifactAnswer, ArtifactParams } from '@/domain/artifacts/schema';
import { artifactStatement } from '@/domain/artifacts/store';
import type { UserCtx } from '@/domain/context';
import { notFound } from '@/lib/errors';
import { formatMoney, parseMoney } from '@/lib/money';

/**
 * One adapter: what it is, how good it became, its files, and what keeping it has cost so far.
 *
 * @throws PipelineError `not_found`
 */
export async function readArtifact(ctx: UserCtx, { id }: ArtifactParams): Promise<ArtifactAnswer> {
  const [[row]] = await ctx.session.read(artifactStatement(ctx.userId, id));
  if (!row) throw notFound('model');
  const { files, price, metered_to, storage_cost, ...artifact } = row;
  return {
    ...artifact,
    files: files.map(({ key: _, ...file }) => file),
    storage: {
      price_per_gb_month_exact: price === null ? null : formatMoney(parseMoney(price.unitPrice)),
      cost_exact: storage_cost,
      currency: price?.currency ?? null,
      metered_to,
    },
  };
}
