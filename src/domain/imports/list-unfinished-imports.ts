import type { SystemCtx } from '@/domain/context';
import { isSourceLocked, listPosting } from '@/domain/imports/store';

/** An import that has posted some of its lines. */
export interface UnfinishedImport {
  readonly id: string;
  readonly kind: 'usage' | 'charges';
  readonly source: string;
  readonly fileName: string;
  readonly startedAt: Date;
  readonly postedLines: number;
  readonly newLines: number;
  /** A process is at it now. Otherwise it was killed, and the next import of its source finishes it. */
  readonly running: boolean;
}

/** Imports that are posting now, or were killed while they did, oldest first. */
export function listUnfinishedImports(ctx: Pick<SystemCtx, 'session'>): Promise<UnfinishedImport[]> {
  return ctx.session.transaction(async (tx) => {
    const unfinished: UnfinishedImport[] = [];
    for (const row of await listPosting(tx)) {
      const { id, kind, source, fileName, createdAt, newLines, posted } = row;
      const running = await isSourceLocked(tx, source);
      unfinished.push({
        id,
        kind,
        source,
        fileName,
        startedAt: createdAt,
        postedLines: posted.lines,
        newLines,
        running,
      });
    }
    return unfinished;
  });
}
