import { z } from 'zod';
import { badInput } from '@/lib/errors';
import { UUID_PATTERN } from '@/lib/ids';
import { isDatabaseInstant } from '@/lib/instant';

/** A place in the list: newest first, and by id where datasets were made at the same instant. */
export interface DatasetPosition {
  readonly createdAt: string;
  readonly id: string;
}

const position = z.tuple([z.string().refine(isDatabaseInstant), z.string().regex(UUID_PATTERN)]);

export const writeCursor = ({ createdAt, id }: DatasetPosition): string =>
  Buffer.from(JSON.stringify([createdAt, id])).toString('base64url');

/** @throws PipelineError `bad_input` for anything that is no cursor of ours */
export function readCursor(text: string): DatasetPosition {
  try {
    const [createdAt, id] = position.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    return { createdAt, id };
  } catch {
    throw badInput('The cursor is malformed: send the next_cursor of the page before, unchanged.');
  }
}
