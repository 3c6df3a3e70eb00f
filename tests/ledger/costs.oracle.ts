import type pg from 'pg';

/** What plain SQL over the records says, with none of the roll-ups and none of the product's code. */
export interface Truth {
  total: string;
  byType: Record<string, string>;
  byDay: Record<string, string>;
}

/** Sums the records of [start, end) by type and by local day; Postgres knows the zones by itself. */
export async function truth(
  admin: pg.Pool,
  query: { userId: string; start: Date; end: Date; zone: string; currency?: string },
): Promise<Truth> {
  const { userId, start, end, zone, currency = 'USD' } = query;
  const where = 'user_id = $1 and recorded_at >= $2 and recorded_at < $3 and currency = $4 and not is_estimate';
  const values = [userId, start.toISOString(), end.toISOString(), currency];
  const total = await admin.query(
    `select coalesce(sum(amount), 0)::numeric(30,10)::text as amount from lora_cost_records where ${where}`,
    values,
  );
  const byType = await admin.query(
    `select cost_type as key, sum(amount)::text as amount from lora_cost_records where ${where} group by 1`,
    values,
  );
  const byDay = await admin.query(
    `select to_char(recorded_at at time zone $5, 'YYYY-MM-DD') as key, sum(amount)::text as amount
     from lora_cost_records where ${where} group by 1`,
    [...values, zone],
  );
  const pairs = (rows: { key: string; amount: string }[]) =>
    Object.fromEntries(rows.map((row) => [row.key, row.amount]));
  return { total: total.rows[0].amount, byType: pairs(byType.rows), byDay: pairs(byDay.rows) };
}

/** Sums by job, largest first, of equal ones by job; money without a job under null. */
export async function truthByJob(
  admin: pg.Pool,
  { userId, start, end, currency }: { userId: string; start: Date; end: Date; currency: string },
): Promise<{ key: string | null; amount: string }[]> {
  const { rows } = await admin.query(
    `select job_ref as key, sum(amount)::text as amount from lora_cost_records
     where user_id = $1 and recorded_at >= $2 and recorded_at < $3 and currency = $4 and not is_estimate
     group by 1 order by sum(amount) desc, 1`,
    [userId, start.toISOString(), end.toISOString(), currency],
  );
  return rows;
}
