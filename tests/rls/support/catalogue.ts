import type pg from 'pg';

/** A table as the catalogue describes it; `name` is qualified unless it is in public. */
export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  /** Columns that the database alone fills. */
  readonly generated: readonly string[];
  readonly key: readonly string[];
}

const SCHEMAS = `('public', 'auth')`;

/** How the matrix writes a table's name, for an oid of pg_class. */
const nameOf = (oid: string) => `replace((select format('%s.%s', its.nspname, named.relname) from pg_class named
  join pg_namespace its on its.oid = named.relnamespace where named.oid = ${oid}), 'public.', '')`;

/** Every table of the schemas public and auth, by name. */
export async function readTables(client: pg.ClientBase | pg.Pool): Promise<Table[]> {
  const { rows } = await client.query<Table>(`
    select ${nameOf('t.oid')} as name,
      array_agg(a.attname::text order by a.attnum) as columns,
      coalesce(array_agg(a.attname::text) filter (where a.attidentity <> '' or a.attgenerated <> ''), '{}') as generated,
      array(select k.attname::text from pg_constraint p
            join pg_attribute k on k.attrelid = t.oid and k.attnum = any (p.conkey)
            where p.conrelid = t.oid and p.contype = 'p') as key
    from pg_class t
    join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
    where t.relnamespace in (select oid from pg_namespace where nspname in ${SCHEMAS}) and t.relkind in ('r', 'p')
    group by t.oid
    order by 1`);
  return rows;
}

export interface OurFunction {
  readonly name: string;
  readonly owner: string;
  /** A statement that calls it with nulls. */
  readonly call: string;
}

/** Every function that is ours, by signature. */
export async function readFunctions(client: pg.ClientBase | pg.Pool): Promise<OurFunction[]> {
  const { rows } = await client.query<OurFunction>(`
    select p.proowner::regrole::text as owner, format('%s.%s(%s)', n.nspname, p.proname, oidvectortypes(p.proargtypes)) as name,
      format('select %I.%I(%s)', n.nspname, p.proname,
        array_to_string(array(select 'null::' || format_type(t, null) from unnest(p.proargtypes) t), ', ')) as call
    from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('public', 'private', 'auth')
    order by 1`);
  return rows;
}

/** Every foreign key of the matrix' tables, as `table (columns) → table`, with what happens on delete. */
export async function readForeignKeys(client: pg.ClientBase | pg.Pool): Promise<Record<string, string>> {
  const { rows } = await client.query<{ name: string; action: string }>(`
    select format('%s (%s) → %s', ${nameOf('k.conrelid')},
        (select string_agg(a.attname, ', ' order by array_position(k.conkey, a.attnum))
         from pg_attribute a where a.attrelid = k.conrelid and a.attnum = any (k.conkey)),
        ${nameOf('k.confrelid')}) as name,
      case k.confdeltype when 'c' then 'cascade' when 'n' then 'set null' when 'a' then 'no action'
        when 'r' then 'restrict' when 'd' then 'set default' end as action
    from pg_constraint k
    where k.contype = 'f' and k.connamespace in (select oid from pg_namespace where nspname in ${SCHEMAS})
    order by 1`);
  return Object.fromEntries(rows.map((row) => [row.name, row.action]));
}

/** A part of the protection, and the statement that takes it away. */
export interface Guard {
  readonly label: string;
  /** The table that it protects; null: a schema or a function. */
  readonly table: string | null;
  readonly remove: string;
}

const POLICIES = `
  select format('policy %s on %s', p.polname, ${nameOf('p.polrelid')}) as label, ${nameOf('p.polrelid')} as table,
    format('drop policy %I on %s', p.polname, p.polrelid::regclass) as remove
  from pg_policy p
  join pg_class c on c.oid = p.polrelid
  where c.relnamespace in (select oid from pg_namespace where nspname in ${SCHEMAS})
  order by 1`;

const GRANTS = `
  select format('%s to %s', g.what, g.role) as label, g.table,
    format('revoke %s from %s', g.what, case when g.role = 'public' then 'public' else quote_ident(g.role) end) as remove
  from (
    select format('%s on %s', x.privilege_type, c.oid::regclass) as what, ${nameOf('c.oid')} as table,
      coalesce(r.rolname, 'public') as role, c.relnamespace as schema
    from pg_class c
    cross join lateral aclexplode(c.relacl) x
    left join pg_roles r on r.oid = x.grantee
    where x.grantee <> c.relowner and c.relkind in ('r', 'p')
    union all
    select format('%s (%I) on %s', x.privilege_type, a.attname, c.oid::regclass), ${nameOf('c.oid')},
      coalesce(r.rolname, 'public'), c.relnamespace
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid
    cross join lateral aclexplode(a.attacl) x
    left join pg_roles r on r.oid = x.grantee
    where x.grantee <> c.relowner
    union all
    select format('%s on function %s', x.privilege_type, p.oid::regprocedure), null,
      coalesce(r.rolname, 'public'), p.pronamespace
    from pg_proc p
    cross join lateral aclexplode(p.proacl) x
    left join pg_roles r on r.oid = x.grantee
    where x.grantee <> p.proowner
    union all
    select format('%s on schema %I', x.privilege_type, n.nspname), null, coalesce(r.rolname, 'public'), n.oid
    from pg_namespace n
    cross join lateral aclexplode(n.nspacl) x
    left join pg_roles r on r.oid = x.grantee
    where x.grantee not in (n.nspowner, 'pipeline_owner'::regrole)) g
  where g.schema in (select oid from pg_namespace where nspname in ('public', 'private', 'auth'))
  order by 1`;

const SWITCHES = `
  select format('row-level security %s on %s', s.label, ${nameOf('c.oid')}) as label, ${nameOf('c.oid')} as table,
    format('alter table %s %s row level security', c.oid::regclass, s.off) as remove
  from pg_class c
  cross join (values ('enabled', 'disable'), ('forced', 'no force')) s (label, off)
  where c.relkind in ('r', 'p') and c.relnamespace in (select oid from pg_namespace where nspname in ${SCHEMAS})
  order by 1`;

/** Each policy, each grant and each switch of row-level security in the schemas that requests can reach. */
export async function readGuards(client: pg.ClientBase | pg.Pool): Promise<Guard[]> {
  const guards: Guard[] = [];
  for (const sql of [POLICIES, GRANTS, SWITCHES]) guards.push(...(await client.query<Guard>(sql)).rows);
  return guards;
}
