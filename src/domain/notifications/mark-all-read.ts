import type { UserCtx } from '@/domain/context';
import { writePosition } from '@/domain/notifications/position';
import type { AllRead, ReadAllBody } from '@/domain/notifications/schema';
import { headStatement, moveWatermarkStatement } from '@/domain/notifications/store';
import { badInput, conflict } from '@/lib/errors';

/**
 * Marks as read whatever the caller had seen at `up_to`, by moving one watermark; what came or became unread later
 * stays unread. A place that the watermark has passed changes nothing.
 *
 * @throws PipelineError `conflict` for a place from before the database was restored, `bad_input` for one that this
 *   inbox has not reached
 */
export async function markAllRead(ctx: UserCtx, { up_to: upTo }: ReadAllBody): Promise<AllRead> {
  const [[moved]] = await ctx.session.run(moveWatermarkStatement(ctx.userId, upTo));
  if (moved) return { unread_count: moved.unread_count, up_to: writePosition(upTo) };
  // nothing has moved: why, the state says
  const [[head]] = await ctx.session.read(headStatement(ctx.userId));
  if (!head) throw new Error('the state of an inbox is one row, always');
  if (head.epoch !== upTo.epoch) {
    throw conflict('up_to: from before the database was restored. Read the list again and send its up_to.');
  }
  if (upTo.seq > Number(head.last_seq)) {
    throw badInput('up_to: this inbox has not come so far. Send the up_to of a list that this account has read.');
  }
  return {
    unread_count: head.unread_count,
    up_to: writePosition({ epoch: head.epoch, seq: Number(head.read_upto) }),
  };
}
