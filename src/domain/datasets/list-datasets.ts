import type { UserCtx } from '@/domain/context';
import { readCursor, writeCursor } from '@/domain/datasets/position';
import type { DatasetsAnswer, DatasetsQuery } from '@/domain/datasets/schema';
import { listStatement } from '@/domain/datasets/store';

/** The caller's datasets, newest first. @throws PipelineError `bad_input` for a cursor that is none of ours */
export async function listDatasets(ctx: UserCtx, { status, limit, cursor }: DatasetsQuery): Promise<DatasetsAnswer> {
  const after = cursor === undefined ? null : readCursor(cursor);
  const [rows] = await ctx.session.read(listStatement(ctx.userId, { status, after, limit: limit + 1 }));
  const datasets = rows.slice(0, limit);
  const last = datasets.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { datasets, next_cursor: more ? writeCursor({ createdAt: last.created_at, id: last.id }) : null };
}
