import pg from 'pg';
import { type Role, TABLES } from '../expectations';
import { ANNA, BEN, rowsOf } from './accounts';
import { type Attempt, attemptsOn, attemptToCall, type Existing } from './attempts';
import { readFunctions, readTables, type Table } from './catalogue';
import { type Outcome, observe } from './observe';
import { PRINCIPALS, type Principal } from './principals';

/** One attempt by one principal, and what comes of it. */
export interface Check {
  /** The table; null: a function. */
  readonly table: string | null;
  readonly attempt: Attempt;
  readonly principal: Principal;
}

/** The database with Anna's and Ben's rows in an open transaction, and everything that is to be tried on it. */
export interface Matrix {
  readonly client: pg.Client;
  readonly tables: readonly Table[];
  readonly checks: readonly Check[];
  close(): Promise<void>;
}

async function existingOf(client: pg.Client, table: Table, condition: string): Promise<Existing> {
  const key = table.key.filter((column) => !table.generated.includes(column));
  const { rows } = await client.query(
    `select ${['1', ...key.map((column) => `quote_literal(${column}) as ${column}`)].join(', ')} from ${table.name} where ${condition}`,
  );
  if (!rows[0]) throw new Error(`Anna has no row in ${table.name}: tests/rls/support/accounts.ts has to make one.`);
  const { '?column?': _, ...literals } = rows[0];
  return { rowsEach: rows.length, key: literals };
}

/** Opens the matrix on a migrated database that holds no rows. Everything is rolled back at the end. */
export async function openMatrix(adminUrl: string): Promise<Matrix> {
  const client = new pg.Client({ connectionString: adminUrl, pipeline: true } as pg.ClientConfig);
  await client.connect();
  await client.query('begin');
  await client.query(rowsOf(ANNA));
  await client.query(rowsOf(BEN));
  const tables = await readTables(client);
  const checks: Check[] = [];
  const add = (table: string | null, attempt: Attempt) =>
    checks.push(...PRINCIPALS.map((principal) => ({ table, attempt, principal })));
  for (const table of tables) {
    const entry = TABLES[table.name];
    if (!entry) continue;
    for (const attempt of attemptsOn(table, entry, await existingOf(client, table, entry.rowsOf(ANNA))))
      add(table.name, attempt);
  }
  for (const found of await readFunctions(client)) add(null, attemptToCall(found, found.owner as Role));
  return { client, tables, checks, close: () => client.end() };
}

/** What comes of a check, and what should. */
export async function perform(matrix: Matrix, check: Check): Promise<{ outcome: Outcome; expected: Outcome }> {
  const outcome = await observe(matrix.client, check.principal, check.attempt);
  return { outcome, expected: check.attempt.expected(check.principal) };
}
