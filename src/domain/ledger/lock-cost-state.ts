import { sql, type Transaction } from 'kysely';
import type { DB } from '@/db/types';

/**
 * Locks the cost state of these users, in ascending order: the first step of every transaction that touches charges and
 * has something else to do before it writes them.
 */
export async function lockCostState(tx: Transaction<DB>, userIds: Iterable<string>): Promise<void> {
  const users = [...new Set(userIds)].sort();
  if (users.length > 0) await sql`select private.lock_cost_state(${users}::uuid[])`.execute(tx);
}
