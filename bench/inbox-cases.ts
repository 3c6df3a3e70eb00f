import type { UserCtx } from '@/domain/context';
import { listChanges } from '@/domain/notifications/list-changes';
import { listNotifications } from '@/domain/notifications/list-notifications';
import { markAllRead } from '@/domain/notifications/mark-all-read';
import { readPosition } from '@/domain/notifications/position';
import { changesQuery, listQuery } from '@/domain/notifications/schema';
import { headStatement } from '@/domain/notifications/store';
import type { BenchDatabase } from './cluster';
import type { Case } from './rounds';

/** What the inbox does with a hundred thousand unread notifications. */
export async function inboxCases(db: BenchDatabase, ctx: UserCtx): Promise<Case[]> {
  const list = listQuery.parse({});
  const { data } = await listNotifications(ctx, list);
  if (!data) throw new Error('an answer without known tags has data');
  const upTo = readPosition(data.up_to);
  if (!upTo) throw new Error('up_to is a position');
  const changes = changesQuery.parse({ after: data.up_to.replace(/\.\d+$/, `.${upTo.seq - 50}`) });
  // one text of several statements is one transaction; without triggers, because a watermark never goes back
  const unreadAgain = () =>
    db.admin.query(`
      set local session_replication_role = 'replica';
      update lora_inbox_state set read_upto = 0, read_upto_before = 0, read_all_seq = 0, folded_upto = 0,
        unread_count = ${upTo.seq}, last_seq = ${upTo.seq} where user_id = '${ctx.userId}'`);
  return [
    { name: 'badge', run: () => ctx.session.read(headStatement(ctx.userId)) },
    { name: 'list of 20', run: () => listNotifications(ctx, list) },
    { name: 'read all', run: () => markAllRead(ctx, { up_to: upTo }), prepare: unreadAgain },
    { name: 'changes', run: () => listChanges(ctx, changes), prepare: unreadAgain },
  ];
}
