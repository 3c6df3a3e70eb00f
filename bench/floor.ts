import pg from 'pg';
import type { Caller } from '@/db/session';

/** The cheapest authenticated read, which all ratios are multiples of. */
export interface Floor {
  read(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A transaction that sets role and claims and reads one row under row-level security: four statements, each sent when
 * the one before has been answered, all prepared, on one connection of a pool of the same driver.
 */
export function openFloor(appUrl: string, caller: Caller): Floor {
  const pool = new pg.Pool({ connectionString: appUrl, max: 1 });
  pool.on('error', () => undefined); // the server may stop before the pool does
  const claims = JSON.stringify({ sub: caller.userId, role: 'authenticated' });
  const settings = {
    name: 'floor_settings',
    text: "select set_config('role', 'authenticated', true), set_config('request.jwt.claims', $1, true)",
    values: [claims],
  };
  const one = { name: 'floor_one', text: 'select 1 from lora_cost_state where user_id = $1', values: [caller.userId] };
  return {
    async read() {
      const client = await pool.connect();
      await client.query('begin');
      await client.query(settings);
      const { rowCount } = await client.query(one);
      await client.query('commit');
      client.release();
      if (rowCount !== 1) throw new Error('the floor reads one row');
    },
    close: () => pool.end(),
  };
}
