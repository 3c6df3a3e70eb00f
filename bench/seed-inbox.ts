import type { BenchDatabase } from './cluster';

/** Fills an inbox with unread notifications, quickly: without triggers, numbers and state as they would have left them. */
export async function seedInbox(db: BenchDatabase, userId: string, unread: number): Promise<void> {
  const admin = await db.admin.connect();
  try {
    await admin.query("set session_replication_role = 'replica'");
    await admin.query(
      `insert into lora_notifications (user_id, type, title, message, priority, created_at, seq, changed_seq, unread_seq)
       select $1::uuid, 'job_completed', 'Run ' || i || ' is complete', 'It cost 12.3456789012 USD over 4 h 10 min.',
         (array['low', 'medium', 'high', 'urgent'])[1 + i % 4], now() - ($2::int - i) * interval '1 minute', i, i, i
       from generate_series(1, $2::int) i`,
      [userId, unread],
    );
    await admin.query('insert into lora_inbox_state (user_id, last_seq, unread_count) values ($1, $2::int, $2::int)', [
      userId,
      unread,
    ]);
    await admin.query("set session_replication_role = 'origin'");
  } finally {
    admin.release();
  }
}
