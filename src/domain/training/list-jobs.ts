import { z } from 'zod';
import type { UserCtx } from '@/domain/context';
import type { JobsQuery } from '@/domain/training/job-requests';
import { presentJob } from '@/domain/training/present-job';
import type { JobsAnswer } from '@/domain/training/schema';
import { type JobPosition, jobStatement } from '@/domain/training/store';
import { badInput } from '@/lib/errors';
import { UUID_PATTERN } from '@/lib/ids';
import { isDatabaseInstant } from '@/lib/instant';

const position = z.tuple([z.string().refine(isDatabaseInstant), z.string().regex(UUID_PATTERN)]);

const writeCursor = ({ createdAt, id }: JobPosition): string =>
  Buffer.from(JSON.stringify([createdAt, id])).toString('base64url');

function readCursor(text: string): JobPosition {
  try {
    const [createdAt, id] = position.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    return { createdAt, id };
  } catch {
    throw badInput('The cursor is malformed: send the next_cursor of the page before, unchanged.');
  }
}

/** The caller's jobs, newest first; imported ones only where they are asked for. */
export async function listJobs(ctx: UserCtx, input: JobsQuery): Promise<JobsAnswer> {
  const after = input.cursor === undefined ? null : readCursor(input.cursor);
  const [rows] = await ctx.session.read(jobStatement(ctx.userId, input, { after, limit: input.limit + 1 }));
  const jobs = rows.slice(0, input.limit).map(presentJob);
  const last = jobs.at(-1);
  const more = rows.length > input.limit && last !== undefined;
  return { jobs, next_cursor: more ? writeCursor({ createdAt: last.created_at, id: last.id }) : null };
}
