import { createTestDatabase } from '@tests/support/database';
import { afterAll, expect, it } from 'vitest';
import { REDUNDANT } from './expectations';
import { type Guard, readGuards } from './support/catalogue';
import { type Check, openMatrix, perform } from './support/matrix';
import { PRINCIPALS } from './support/principals';

const db = await createTestDatabase();
const matrix = await openMatrix(db.adminUrl);
const guards = await readGuards(matrix.client);
afterAll(async () => {
  await matrix.close();
  await db.drop();
});

/** Likeliest first: those whom a change concerns notice it at once. */
const inOrder = (checks: readonly Check[], change: string) =>
  [...checks].sort(
    (a, b) =>
      Number(change.includes(b.principal.role)) - Number(change.includes(a.principal.role)) ||
      PRINCIPALS.indexOf(a.principal) - PRINCIPALS.indexOf(b.principal),
  );

const byTable = Map.groupBy(matrix.checks, (check) => check.table);
const elsewhere = (table: string | null) => [null, 'lora_cost_records'].filter((name) => name !== table);

/** The first attempt on these tables whose outcome is not the expected one. */
async function firstDifference(tables: readonly (string | null)[], change: string): Promise<string | null> {
  for (const check of tables.flatMap((table) => inOrder(byTable.get(table) ?? [], change))) {
    const { outcome, expected } = await perform(matrix, check);
    if (outcome !== expected) return `${check.attempt.label}, ${check.principal.name}: ${outcome}, not ${expected}`;
  }
  return null;
}

/** What fails while a change is in force; the change is taken back. */
async function differenceAfter({ table }: Pick<Guard, 'table'>, change: string): Promise<string | null> {
  const { client } = matrix;
  await client.query(`savepoint guard; ${change}`);
  try {
    return (await firstDifference([table], change)) ?? (await firstDifference(elsewhere(table), change));
  } finally {
    await client.query('rollback to savepoint guard; release savepoint guard');
  }
}

/** Labels of those whose change nothing notices. */
async function unnoticed(
  changes: readonly { label: string; table: string | null; change: string }[],
): Promise<string[]> {
  const labels: string[] = [];
  for (const { label, table, change } of changes)
    if ((await differenceAfter({ table }, change)) === null) labels.push(label);
  return labels;
}

it('notices nothing where nothing is changed', async () => {
  expect(await differenceAfter({ table: 'lora_notifications' }, 'select 1')).toBeNull();
});

it('no policy, grant or switch can go unnoticed', async () => {
  expect(guards.length).toBeGreaterThan(150);
  const silent = await unnoticed(guards.map(({ label, table, remove }) => ({ label, table, change: remove })));
  expect(silent.sort()).toEqual(Object.keys(REDUNDANT).sort());
  console.log(`row-level security: ${guards.length} policies, grants and switches taken away, one at a time`);
}, 120_000);

it('no policy can be opened to every row unnoticed', async () => {
  const { rows } = await matrix.client.query<{ label: string; table: string; change: string }>(`
    select format('policy %s on %s', p.polname, p.polrelid::regclass) as label, p.polrelid::regclass::text as table,
      format('alter policy %I on %s using (true)%s', p.polname, p.polrelid::regclass,
             case when p.polwithcheck is null then '' else ' with check (true)' end) as change
    from pg_policy p
    where pg_get_expr(p.polqual, p.polrelid) <> 'true'
    order by 1`);
  expect(rows.length).toBeGreaterThan(10);
  expect(await unnoticed(rows)).toEqual([]);
}, 120_000);

it('no right can be given to callers unnoticed', async () => {
  const { rows } = await matrix.client.query<{ label: string; table: string; change: string }>(`
    select format('%s on %s to %s', r, c.oid::regclass, who) as label, c.oid::regclass::text as table,
      format('grant %s on %s to %I', r, c.oid::regclass, who) as change
    from pg_class c
    cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate']) r
    cross join unnest(array['anon', 'authenticated']) who
    where c.relnamespace in ('public'::regnamespace, 'auth'::regnamespace) and c.relkind in ('r', 'p')
      and not has_table_privilege(who, c.oid, r)
    order by 1`);
  expect(rows.length).toBeGreaterThan(200);
  expect(await unnoticed(rows)).toEqual([]);
}, 240_000);
