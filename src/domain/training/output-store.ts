import { type CompiledQuery, sql } from 'kysely';
import { builder } from '@/db/builder';
import type { LogsQuery } from '@/domain/training/job-requests';
import type { LogLine } from '@/domain/training/schema';
import { instantText } from '@/domain/training/store';
import type { UserId } from '@/lib/ids';

/** Whether a job is the caller's. */
export const theJobStatement = (userId: UserId, id: string): CompiledQuery<{ id: string }> =>
  sql<{ id: string }>`
    select j.id from lora_training_jobs j where j.id = ${id}::uuid and j.user_id = ${userId}::uuid`.compile(builder);

/** Every point that is stored of a job. */
export const pointsStatement = (
  userId: UserId,
  jobId: string,
): CompiledQuery<{ attempt: number; step: number; metrics: unknown }> =>
  sql<{ attempt: number; step: number; metrics: unknown }>`
    select m.attempt, m.step, m.metrics from lora_metrics_points m
    where m.job_id = ${jobId}::uuid and m.user_id = ${userId}::uuid
    order by m.step, m.attempt`.compile(builder);

/** A place in the log of a job. */
export interface LinePosition {
  readonly attempt: number;
  readonly lineNo: number;
}

/** Lines of a job after a place, newest or oldest first. */
export function linesStatement(
  userId: UserId,
  jobId: string,
  { order, stream }: Pick<LogsQuery, 'order' | 'stream'>,
  page: { after: LinePosition | null; limit: number },
): CompiledQuery<LogLine> {
  const direction = order === 'newest' ? sql`desc` : sql`asc`;
  const { after } = page;
  const beyond = order === 'newest' ? sql`<` : sql`>`;
  const place = after === null ? sql`` : sql`and (l.attempt, l.line_no) ${beyond} (${after.attempt}, ${after.lineNo})`;
  return sql<LogLine>`
    select l.attempt, l.line_no, l.stream, ${instantText(sql`l.logged_at`)} as logged_at, l.line
    from lora_job_log_lines l
    where l.job_id = ${jobId}::uuid and l.user_id = ${userId}::uuid
      and (${stream ?? null}::text is null or l.stream = ${stream ?? null}) ${place}
    order by l.attempt ${direction}, l.line_no ${direction}
    limit ${page.limit}::int`.compile(builder);
}
