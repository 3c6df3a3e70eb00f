import { FUNCTIONS } from '../callers';
import { type Columns, type Rights, type Role, TABLES, type TableExpectation } from '../expectations';
import { ON_DELETE } from '../foreign-keys';
import { ANNA, BEN } from './accounts';
import type { Table } from './catalogue';
import type { Outcome } from './observe';
import type { Principal } from './principals';

/** A statement on Anna's rows that everybody tries, and what it takes. */
export interface Attempt {
  readonly verb: 'select' | 'insert' | 'update' | 'delete' | 'sweep' | 'upsert' | 'copy' | 'truncate' | 'call';
  readonly label: string;
  readonly sql: string;
  /** Run as the administrator before, in the same savepoint. */
  readonly before?: string;
  readonly expected: (principal: Principal) => Outcome;
}

/** The rights that one statement takes. */
interface Needs {
  readonly select?: true;
  readonly insert?: readonly string[];
  readonly update?: readonly string[];
  readonly delete?: true;
  readonly truncate?: true;
}

const covers = (granted: Columns | undefined, needed: readonly string[] = []): boolean =>
  needed.length === 0 ||
  granted === 'all' ||
  (granted !== undefined && needed.every((column) => granted.includes(column)));

function isGranted(rights: Rights, needs: Needs): boolean {
  return (
    (!needs.select || rights.select === true) &&
    (!needs.delete || rights.delete === true) &&
    covers(rights.insert, needs.insert) &&
    covers(rights.update, needs.update) &&
    !needs.truncate
  );
}

/** What each kind of statement answers to somebody whose role has the grants, by whose rows the policies show. */
const ANSWERS: Readonly<
  Record<
    Exclude<Attempt['verb'], 'sweep' | 'truncate' | 'call'>,
    Readonly<Record<'everybody' | 'own' | 'other' | 'none', Outcome>>
  >
> = {
  select: { everybody: 'Anna and Ben', own: 'Anna', other: 'Ben', none: 'no rows' },
  update: { everybody: 'changed', own: 'changed', other: 'no rows', none: 'no rows' },
  delete: { everybody: 'changed', own: 'changed', other: 'no rows', none: 'no rows' },
  insert: { everybody: 'changed', own: 'changed', other: 'denied', none: 'denied' },
  upsert: { everybody: 'changed', own: 'changed', other: 'denied', none: 'denied' },
  // no row may be copied in where policies apply, and they apply to everybody
  copy: {
    everybody: 'not under row-level security',
    own: 'not under row-level security',
    other: 'not under row-level security',
    none: 'not under row-level security',
  },
};

/** Whose rows the policies show to a principal whose grants suffice. */
function reach(table: TableExpectation, principal: Principal, needs: Needs): 'everybody' | 'own' | 'other' | 'none' {
  if (principal.role === 'authenticated' && !table.shared) return principal.user === ANNA.user ? 'own' : 'other';
  return isGranted(table.may[principal.role as Role] ?? {}, needs) ? 'everybody' : 'none';
}

function expectation(table: TableExpectation, verb: keyof typeof ANSWERS, needs: Needs): Attempt['expected'] {
  return (principal) => {
    if (principal.over) return 'signed out';
    if (principal.role === 'administrator') return verb === 'copy' ? 'copied' : ANSWERS[verb].everybody;
    const rights = table.may[principal.role] ?? {};
    // who owns a table has every right on it, but no policy
    if (principal.role !== 'pipeline_owner' && !isGranted(rights, needs)) return 'denied';
    return ANSWERS[verb][reach(table, principal, needs)];
  };
}

/** The different column lists that a right is given for, widest first: what one role may do, all others try. */
function columnLists(
  table: TableExpectation,
  right: 'insert' | 'update',
  all: readonly string[],
): (readonly string[])[] {
  const lists = Object.values(table.may).map((rights) => rights[right]);
  const narrow = lists.filter((list): list is readonly string[] => Array.isArray(list));
  return [all, ...new Map(narrow.map((list) => [list.join(), list])).values()];
}

function insertAttempts(table: Table, entry: TableExpectation): Attempt[] {
  const row = entry.newRow(ANNA);
  const all = table.columns.filter((column) => !table.generated.includes(column));
  const narrow = columnLists(entry, 'insert', all).slice(1);
  const widened = narrow.flatMap((list) =>
    all.filter((column) => !list.includes(column)).map((column) => [...list, column]),
  );
  const before = entry.oneRowEach ? `delete from ${table.name} where ${entry.rowsOf(ANNA)}` : undefined;
  return [all, ...narrow, ...widened].map((columns) => ({
    verb: 'insert',
    label: `insert (${columns.join(', ')})`,
    sql: `insert into ${table.name} (${columns.join(', ')}) values (${columns.map((column) => row[column]).join(', ')})`,
    before,
    expected: expectation(entry, 'insert', { insert: columns }),
  }));
}

function upsertAttempts(table: Table, entry: TableExpectation, existing: Existing): Attempt[] {
  const row = { ...entry.newRow(ANNA), ...existing.key };
  const all = table.columns.filter((column) => !table.generated.includes(column));
  const key = table.key.filter((column) => all.includes(column));
  // where the key is generated, no row can meet another one
  const target = key.length > 0 ? `(${key.join(', ')})` : '';
  const changeable =
    columnLists(entry, 'update', all)
      .at(-1)
      ?.find((column) => !key.includes(column)) ??
    key[0] ??
    '';
  return columnLists(entry, 'insert', all).map((columns) => {
    const update = target && `do update set ${changeable} = excluded.${changeable}`;
    return {
      verb: 'upsert',
      label: `insert (${columns.join(', ')}) on conflict update (${changeable})`,
      sql: `insert into ${table.name} (${columns.join(', ')}) values (${columns.map((column) => row[column]).join(', ')})
            on conflict ${target} ${update || 'do nothing'}`,
      expected: expectation(entry, 'upsert', {
        select: true,
        insert: columns,
        ...(update ? { update: [changeable] } : {}),
      }),
    };
  });
}

/** Each column by itself; once on Anna's rows, and once without asking to see a row. */
function updateAttempts(table: Table, entry: TableExpectation): Attempt[] {
  return table.columns.flatMap((column) => {
    const value = table.generated.includes(column) ? 'default' : column;
    const blind = table.generated.includes(column) ? 'default' : entry.newRow(ANNA)[column];
    return [
      {
        verb: 'update',
        label: `update (${column})`,
        sql: `update ${table.name} set ${column} = ${value} where ${entry.rowsOf(ANNA)}`,
        expected: expectation(entry, 'update', { select: true, update: [column] }),
      },
      {
        verb: 'update',
        label: `update (${column}) of no row`,
        sql: `update ${table.name} set ${column} = ${blind} where false`,
        expected: onNoRow(entry, { update: [column] }),
      },
    ];
  });
}

/** Where no row is asked for, only the grants count. */
function onNoRow(entry: TableExpectation, needs: Needs): Attempt['expected'] {
  return (principal) => {
    if (principal.over) return 'signed out';
    if (principal.role === 'administrator' || principal.role === 'pipeline_owner') return 'no rows';
    return isGranted(entry.may[principal.role] ?? {}, needs) ? 'no rows' : 'denied';
  };
}

function deleteAttempts(table: Table, entry: TableExpectation): Attempt[] {
  return [
    {
      verb: 'delete',
      label: 'delete',
      sql: `delete from ${table.name} where ${entry.rowsOf(ANNA)}`,
      expected: expectation(entry, 'delete', { select: true, delete: true }),
    },
    {
      verb: 'delete',
      label: 'delete of no row',
      sql: `delete from ${table.name} where false`,
      expected: onNoRow(entry, { delete: true }),
    },
  ];
}

/**
 * An update without a condition reads nothing, so that the policies for reading do not count: those for writing alone
 * have to hold it to the caller's rows. Tried where callers may update at all.
 */
function sweepAttempts(table: Table, entry: TableExpectation, rowsEach: number): Attempt[] {
  const column = Array.isArray(entry.may.authenticated?.update) ? entry.may.authenticated.update[0] : undefined;
  if (column === undefined) return [];
  const answer = expectation(entry, 'update', { update: [column] });
  return [
    {
      verb: 'sweep',
      label: `update (${column}) of every row`,
      sql: `update ${table.name} set ${column} = ${entry.newRow(ANNA)[column]}`,
      expected: (principal) => {
        if (principal.role === 'authenticated' && !principal.over) return `${rowsEach} rows`;
        const expected = answer(principal);
        return expected === 'changed' ? `${2 * rowsEach} rows` : expected === 'no rows' ? '0 rows' : expected;
      },
    },
  ];
}

/** The tables that are emptied together with one, because they refer to it. */
function emptiedWith(table: string): Set<string> {
  const found = new Set([table]);
  for (const name of found) {
    for (const key of Object.keys(ON_DELETE)) {
      if (key.endsWith(` → ${name}`)) found.add(key.slice(0, key.indexOf(' ')));
    }
  }
  return found;
}

function truncateAttempts(table: Table): Attempt[] {
  const emptied = emptiedWith(table.name);
  const refused = [...emptied].some((name) => TABLES[name]?.keepsItsRows);
  const answer = (owners: Outcome) => (principal: Principal) => {
    if (principal.over) return 'signed out';
    return principal.role === 'administrator' || principal.role === 'pipeline_owner' ? owners : 'denied';
  };
  const alone = TABLES[table.name]?.keepsItsRows ? 'refused' : 'emptied';
  return [
    {
      verb: 'truncate',
      label: 'truncate with all that refers to it',
      sql: `truncate ${table.name} cascade`,
      expected: answer(refused ? 'refused' : 'emptied'),
    },
    {
      verb: 'truncate',
      label: 'truncate',
      sql: `truncate ${table.name}`,
      expected: answer(emptied.size > 1 ? 'referred to' : alone),
    },
  ];
}

/** What Anna has, and Ben too: how many rows, and the key of one of hers as SQL expressions by column. */
export interface Existing {
  readonly rowsEach: number;
  readonly key: Readonly<Record<string, string>>;
}

/** All statements of one table. */
export function attemptsOn(table: Table, entry: TableExpectation, existing: Existing): Attempt[] {
  const [anna, ben] = [entry.rowsOf(ANNA), entry.rowsOf(BEN)];
  const columns = table.columns.filter((column) => !table.generated.includes(column));
  return [
    {
      verb: 'select',
      label: 'select',
      sql: `select coalesce(bool_or(${anna}), false) as anna, coalesce(bool_or(${ben}), false) as ben,
              count(t.*) from ${table.name} t`,
      expected: expectation(entry, 'select', { select: true }),
    },
    ...insertAttempts(table, entry),
    ...upsertAttempts(table, entry, existing),
    ...updateAttempts(table, entry),
    ...deleteAttempts(table, entry),
    ...sweepAttempts(table, entry, existing.rowsEach),
    {
      verb: 'copy',
      label: 'copy from',
      sql: `copy ${table.name} (${columns.join(', ')}) from stdin`,
      expected: expectation(entry, 'copy', { insert: columns }),
    },
    ...truncateAttempts(table),
  ];
}

/** The call of one function. */
export function attemptToCall({ name, call }: { name: string; call: string }, owner: Role): Attempt {
  const callers: readonly (Role | 'administrator')[] = ['administrator', owner, ...(FUNCTIONS[name] ?? [])];
  return {
    verb: 'call',
    label: name,
    sql: call,
    expected: (principal) => (principal.over ? 'signed out' : callers.includes(principal.role) ? 'called' : 'denied'),
  };
}
