import { createHash } from 'node:crypto';
import { z } from 'zod';
import { badInput } from '@/lib/errors';

/** Where the next page of a list begins. */
export interface ListCursor {
  readonly epoch: string;
  /** The last seq of the page before. */
  readonly before: number;
  /** Hash of the filter that the cursor belongs to. */
  readonly filter: string;
}

const parts = z.tuple([z.string().regex(/^[0-9a-f]{12}$/), z.int().min(1), z.string().max(16)]);

/** A short hash of parameters, in the order of their names. */
export function hashParameters(parameters: object): string {
  const sorted = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('base64url').slice(0, 16);
}

/** The opaque text of a cursor. */
export const writeListCursor = ({ epoch, before, filter }: ListCursor): string =>
  Buffer.from(JSON.stringify([epoch, before, filter])).toString('base64url');

/**
 * Reads a cursor back.
 * @throws PipelineError `bad_input` when it is not one of ours, or belongs to another filter
 */
export function readListCursor(text: string, filter: string): ListCursor {
  const read = parts.safeParse(parse(text));
  if (!read.success) throw badInput('The cursor is malformed: send the next_cursor of the page before, unchanged.');
  const [epoch, before, of] = read.data;
  if (of !== filter) {
    throw badInput(
      'The cursor belongs to another list: repeat the filters of the first page, and add only the cursor and a limit.',
    );
  }
  return { epoch, before, filter };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}
