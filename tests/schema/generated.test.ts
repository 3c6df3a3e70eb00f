import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createTestDatabase } from '@tests/support/database';
import pg from 'pg';
import { afterAll, expect, it } from 'vitest';
import { dumpSchema } from '@/db/schema-dump';
import { generateFrom } from '../../scripts/generate-schema';

const ROOT = path.resolve(import.meta.dirname, '../..');
const db = await createTestDatabase();
afterAll(() => db.drop());

const generated = await generateFrom(db.adminUrl);

it.each(Object.keys(generated) as (keyof typeof generated)[])('%s is what the migrations make', (file) => {
  const committed = readFileSync(path.join(ROOT, file), 'utf8');
  expect(committed === generated[file], `${file} is out of date: run npm run schema`).toBe(true);
});

/** What the dump says after `change`, which is taken back. */
async function dumpAfter(change: string): Promise<string> {
  const client = new pg.Client(db.adminUrl);
  await client.connect();
  try {
    await client.query(change);
    return await dumpSchema(client);
  } finally {
    await client.end();
  }
}

const CHANGES: readonly (readonly [string, string, string])[] = [
  ['a column', 'alter table lora_datasets add column x int', 'alter table lora_datasets drop column x'],
  [
    'a default',
    'alter table lora_datasets alter status drop default',
    "alter table lora_datasets alter status set default 'uploading'",
  ],
  ['a check', 'alter table lora_datasets add constraint x check (true)', 'alter table lora_datasets drop constraint x'],
  ['a comment', "comment on column lora_datasets.name is 'x'", 'comment on column lora_datasets.name is null'],
  [
    'row-level security',
    'alter table lora_datasets no force row level security',
    'alter table lora_datasets force row level security',
  ],
  ['a policy', 'create policy x on lora_datasets to anon using (true)', 'drop policy x on lora_datasets'],
  [
    'a grant',
    'grant update (name) on lora_datasets to authenticated',
    'revoke update (name) on lora_datasets from authenticated',
  ],
  ['an index', 'create index x on lora_datasets (name)', 'drop index x'],
  [
    'a trigger',
    'create trigger x before truncate on lora_datasets execute function private.refuse_truncate()',
    'drop trigger x on lora_datasets',
  ],
  ['a function', 'create function x() returns int language sql return 1', 'drop function x()'],
];

it.each(CHANGES)('the dump shows %s', async (_, change, back) => {
  const before = await dumpAfter('select 1');
  expect(await dumpAfter(change)).not.toBe(before);
  expect(await dumpAfter(back)).toBe(before);
});

it.each([
  ['a view', 'create view x as select 1 as one', 'drop view x'],
  ['an enum', "create type x as enum ('a')", 'drop type x'],
])('the dump refuses %s, which it cannot write', async (_, change, back) => {
  await expect(dumpAfter(change)).rejects.toThrow(/cannot write/);
  await dumpAfter(back);
});
