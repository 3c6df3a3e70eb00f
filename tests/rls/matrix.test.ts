import { createTestDatabase } from '@tests/support/database';
import { afterAll, describe, expect, it } from 'vitest';
import { FUNCTIONS } from './callers';
import { TABLES } from './expectations';
import type { Attempt } from './support/attempts';
import { readFunctions } from './support/catalogue';
import { type Check, openMatrix, perform } from './support/matrix';
import { ADMINISTRATOR, PRINCIPALS } from './support/principals';

const db = await createTestDatabase();
const matrix = await openMatrix(db.adminUrl);
afterAll(async () => {
  await matrix.close();
  await db.drop();
});

it('every table has an entry, and every entry a table', () => {
  expect(Object.keys(TABLES).sort()).toEqual(matrix.tables.map((table) => table.name).sort());
});

it('every function has an entry, and every entry a function', async () => {
  const found = await readFunctions(matrix.client);
  expect(Object.keys(FUNCTIONS).sort()).toEqual(found.map(({ name }) => name).sort());
});

/** What came of each check and what should have, by statement and principal. */
async function performAll(checks: readonly Check[]) {
  const found: Record<string, string> = {};
  const wanted: Record<string, string> = {};
  for (const check of checks) {
    const { outcome, expected } = await perform(matrix, check);
    const name = `${check.attempt.label}, ${check.principal.name}`;
    found[name] = outcome;
    wanted[name] = expected;
  }
  return { found, wanted };
}

const VERBS = ['select', 'insert', 'upsert', 'update', 'delete', 'copy', 'truncate'] as const;
const verbOf = ({ verb }: Attempt) => (verb === 'sweep' ? 'update' : verb);

describe.each(matrix.tables.map((table) => table.name))('%s', (table) => {
  it.each(VERBS)('%s does for everybody what is expected', async (verb) => {
    const checks = matrix.checks.filter((check) => check.table === table && verbOf(check.attempt) === verb);
    expect(checks.length).toBeGreaterThanOrEqual(PRINCIPALS.length);
    const { found, wanted } = await performAll(checks);
    expect(found).toEqual(wanted);
  });
});

it('functions answer those alone who may call them', async () => {
  const { found, wanted } = await performAll(matrix.checks.filter((check) => check.attempt.verb === 'call'));
  expect(found).toEqual(wanted);
});

it('every statement that is denied to somebody succeeds for somebody else', () => {
  const succeeds = ({ attempt, principal }: Check) =>
    !/^(denied|signed out|refused|referred to|not under row-level security|0 rows)$/.test(attempt.expected(principal));
  const statements = Map.groupBy(matrix.checks, (check) => check.attempt);
  const without = [...statements].filter(([, checks]) => !checks.some(succeeds)).map(([attempt]) => attempt.sql);
  // emptying what keeps its rows or is referred to is for nobody; the next test is their control
  expect(without.filter((sql) => !sql.startsWith('truncate'))).toEqual([]);
});

it('tables that keep their rows could be emptied if no trigger refused it', async () => {
  const guarded = matrix.checks.filter(
    (check) => check.principal === ADMINISTRATOR && check.attempt.expected(ADMINISTRATOR) === 'refused',
  );
  expect(guarded.length).toBeGreaterThan(0);
  for (const check of guarded) {
    const attempt = { ...check.attempt, before: 'set local session_replication_role = replica' };
    expect((await perform(matrix, { ...check, attempt })).outcome).toBe('emptied');
  }
});

it('prints how much was tried', () => {
  console.log(
    `row-level security: ${matrix.checks.length} attempts, ${matrix.tables.length} tables, ${PRINCIPALS.length} principals`,
  );
});
