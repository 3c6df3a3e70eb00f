import { z } from 'zod';
import type { UserCtx } from '@/domain/context';
import type { JobParams, LogsQuery } from '@/domain/training/job-requests';
import { type LinePosition, linesStatement, theJobStatement } from '@/domain/training/output-store';
import { safeLine } from '@/domain/training/safe-line';
import type { LogLine, LogsAnswer } from '@/domain/training/schema';
import { badInput, notFound } from '@/lib/errors';

const number = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);
const position = z.tuple([number, number]);

const writeCursor = ({ attempt, lineNo }: LinePosition): string =>
  Buffer.from(JSON.stringify([attempt, lineNo])).toString('base64url');

function readCursor(text: string): LinePosition {
  try {
    const [attempt, lineNo] = position.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    return { attempt, lineNo };
  } catch {
    throw badInput('The cursor is malformed: send the next_cursor of the page before, unchanged.');
  }
}

/** Where the log goes on after its newest lines; only the first page of them knows that. */
function newestOf(after: LinePosition | null, [first]: readonly LogLine[]): string | null {
  return after === null && first !== undefined ? writeCursor({ attempt: first.attempt, lineNo: first.line_no }) : null;
}

/**
 * What a job printed, line by line, newest or oldest first, without anything that a terminal or a page would take as a
 * command. Read oldest first, `up_to` goes on where the answer ended, also when nothing more is there yet; read newest
 * first, that of the first page goes on after the newest line.
 *
 * @throws PipelineError `not_found`, `bad_input`
 */
export async function readLogs(
  { session, userId }: UserCtx,
  { id, ...query }: JobParams & LogsQuery,
): Promise<LogsAnswer> {
  const after = query.cursor === undefined ? null : readCursor(query.cursor);
  const page = { after, limit: query.limit + 1 };
  const [[job], rows] = await session.read(theJobStatement(userId, id), linesStatement(userId, id, query, page));
  if (job === undefined) throw notFound('job');
  const lines = rows.slice(0, query.limit).map((row) => ({ ...row, line: safeLine(row.line) }));
  const last = lines.at(-1);
  const end = last === undefined ? null : writeCursor({ attempt: last.attempt, lineNo: last.line_no });
  return {
    lines,
    next_cursor: rows.length > query.limit ? end : null,
    up_to: query.order === 'oldest' ? (end ?? query.cursor ?? null) : newestOf(after, lines),
  };
}
