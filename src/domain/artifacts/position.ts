import { z } from 'zod';
import type { ArtifactPosition } from '@/domain/artifacts/store';
import { badInput } from '@/lib/errors';
import { UUID_PATTERN } from '@/lib/ids';
import { isDatabaseInstant } from '@/lib/instant';

const position = z.tuple([z.string().refine(isDatabaseInstant), z.string().regex(UUID_PATTERN)]);

export const writeCursor = ({ createdAt, id }: ArtifactPosition): string =>
  Buffer.from(JSON.stringify([createdAt, id])).toString('base64url');

/** @throws PipelineError `bad_input` for anything that `writeCursor` did not write */
export function readCursor(text: string): ArtifactPosition {
  try {
    const [createdAt, id] = position.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    return { createdAt, id };
  } catch {
    throw badInput('The cursor is malformed: send the next_cursor of the page before, unchanged.');
  }
}
