import type { Transaction } from 'kysely';
import type { DB } from '@/db/types';
import type { SystemCtx } from '@/domain/context';
import { insertNotifications, lockInboxes, missingReference, type Posted } from '@/domain/notifications/producer-store';
import { withoutRepeats } from '@/domain/notifications/rules';
import { type CheckedNotification, type NewNotification, newNotification } from '@/domain/notifications/schema';
import { badInput, notFound } from '@/lib/errors';

/** The most notifications of one call: the locks of their inboxes are held until the transaction ends. */
export const MOST_NOTIFICATIONS = 1_000;

/**
 * The one way in which the product writes notifications. Given a transaction it writes within it: call it last, because
 * it locks the inboxes of the users concerned (in ascending order) until the transaction ends.
 * A row whose dedupe key the user has or ever had is dropped. A row of a thread marks the thread's earlier ones as read.
 *
 * @returns what is new, in the order of user and number
 * @throws PipelineError `bad_input` for content that an inbox cannot hold, `not_found` for an account or a job that is
 *   gone; the caller's transaction must then end in a rollback
 * @throws RangeError for more than {@link MOST_NOTIFICATIONS} rows
 */
export async function notify(
  within: SystemCtx | Transaction<DB>,
  rows: readonly NewNotification[],
): Promise<readonly Posted[]> {
  if (rows.length > MOST_NOTIFICATIONS) throw new RangeError(`at most ${MOST_NOTIFICATIONS} notifications in one call`);
  const checked = withoutRepeats(rows.map(check));
  if (checked.length === 0) return [];
  try {
    return 'session' in within
      ? await within.session.transaction((tx) => post(tx, checked))
      : await post(within, checked);
  } catch (error) {
    const missing = missingReference(error);
    throw missing === null ? error : notFound(missing);
  }
}

async function post(tx: Transaction<DB>, rows: readonly CheckedNotification[]): Promise<readonly Posted[]> {
  await lockInboxes(
    tx,
    rows.map((row) => row.userId),
  );
  return insertNotifications(tx, rows);
}

function check(row: NewNotification): CheckedNotification {
  const result = newNotification.safeParse(row);
  if (result.success) return { ...result.data, userId: result.data.userId.toLowerCase() };
  const [issue] = result.error.issues;
  throw badInput(`A notification's ${issue?.path.join('.') ?? 'content'}: ${issue?.message ?? 'is not valid'}.`);
}
