import { z } from 'zod';
import type { Position } from '@/domain/ledger/cost-statements';
import { badInput } from '@/lib/errors';
import { UUID_PATTERN } from '@/lib/ids';
import { isDatabaseInstant } from '@/lib/instant';

/** Where the next page of records begins, and the range that the first page froze. */
export interface CostCursor {
  readonly start: number;
  readonly end: number;
  readonly after: Position;
  /** The rest of the query that the cursor belongs to. */
  readonly query: string;
}

const LAST_MS = 8.64e15;

const parts = z.tuple([
  z.int().min(-LAST_MS).max(LAST_MS),
  z.int().min(-LAST_MS).max(LAST_MS),
  z.string().refine(isDatabaseInstant),
  z.string().regex(UUID_PATTERN),
  z.string().max(64),
]);

/** The opaque text of a cursor. */
export function writeCostCursor(cursor: CostCursor): string {
  const { start, end, after, query } = cursor;
  return Buffer.from(JSON.stringify([start, end, after.recordedAt, after.id, query])).toString('base64url');
}

/**
 * Reads a cursor back.
 * @throws PipelineError `bad_input` when it is not one of ours, or belongs to another query
 */
export function readCostCursor(text: string, query: string): CostCursor {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    json = null;
  }
  const read = parts.safeParse(json);
  if (!read.success || read.data[1] < read.data[0]) {
    throw badInput('The cursor is malformed: send the next_cursor of the page before, unchanged.');
  }
  const [start, end, recordedAt, id, of] = read.data;
  if (of !== query) {
    throw badInput(
      'The cursor belongs to another query: repeat the parameters of the first page, and add only the cursor.',
    );
  }
  return { start, end, after: { recordedAt, id }, query };
}
