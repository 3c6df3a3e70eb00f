import { readCursor, writeCursor } from '@/domain/artifacts/position';
import type { ArtifactsAnswer, ArtifactsQuery } from '@/domain/artifacts/schema';
import { artifactsStatement } from '@/domain/artifacts/store';
import type { UserCtx } from '@/domain/context';

/** The caller's adapters, newest first; deleted ones are not listed. */
export async function listArtifacts(ctx: UserCtx, input: ArtifactsQuery): Promise<ArtifactsAnswer> {
  const after = input.cursor === undefined ? null : readCursor(input.cursor);
  const [rows] = await ctx.session.read(artifactsStatement(ctx.userId, input, { after, limit: input.limit + 1 }));
  const models = rows.slice(0, input.limit);
  const last = models.at(-1);
  const more = rows.length > input.limit && last !== undefined;
  return { models, next_cursor: more ? writeCursor({ createdAt: last.created_at, id: last.id }) : null };
}
