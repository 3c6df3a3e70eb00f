import { createTestDatabase } from '@tests/support/database';
import { afterAll, expect, it } from 'vitest';
import { deleteAccount } from '@/domain/accounts/delete-account';
import { asUserId } from '@/lib/ids';
import { contextOf, importText, rowsOf } from './support';

const db = await createTestDatabase({ poolSize: 30 });
afterAll(() => db.drop());

const HEADER = 'external_id,user,recorded_at,cost_type,amount,job\n';
const file = (prefix: string, lines: number, amount = '0.5') =>
  HEADER +
  Array.from(
    { length: lines },
    (_, i) =>
      `${prefix}${i},team-${(i * 7) % 11},2026-10-${String(1 + (i % 28)).padStart(2, '0')},compute,${amount},job-${i % 20}\n`,
  ).join('');

const totals = async (source: string) =>
  (
    await rowsOf<{ n: number; sum: string }>(
      db,
      `select count(*)::int as n, sum(amount)::text as sum from lora_cost_records where source like 'import:' || $1 || ':%'`,
      [source],
    )
  )[0];

const rollUpsEqual = () =>
  rowsOf(
    db,
    `select user_id, sum(amount) from lora_cost_days where off = 0 group by 1
     except
     select user_id, sum(amount) from lora_cost_records group by 1`,
  );

it('two imports of one file at once: one posts, the other waits and finds nothing new', async () => {
  const phases: string[][] = [[], []];
  const reports = await Promise.all(
    phases.map((seen) =>
      importText(db, { kind: 'charges', createUsers: true }, file('a', 5_000), {
        onProgress: ({ phase }) => void (seen.includes(phase) || seen.push(phase)),
      }),
    ),
  );
  expect(reports.map((report) => report.newLines).sort()).toEqual([0, 5_000]);
  expect(phases.filter((seen) => seen.includes('waiting'))).toHaveLength(1);
  expect(await totals('charges')).toEqual({ n: 5_000, sum: '2500.0000000000' });
});

it('two imports of one source that share ids: each line arrives once, and contradictions are found', async () => {
  const [first, second] = await Promise.all([
    importText(db, { kind: 'charges', source: 'shared' }, file('s', 2_000)),
    importText(db, { kind: 'charges', source: 'shared' }, file('s', 2_000, '0.75')),
  ]);
  expect([first.outcome, second.outcome].sort()).toEqual(['posted', 'refused']);
  expect((await totals('shared'))?.n).toBe(2_000);
});

it('eight sources for the same users and jobs at once: no deadlock, all exact', { timeout: 120_000 }, async () => {
  const sources = Array.from({ length: 8 }, (_, i) => `side-${i}`);
  const reports = await Promise.all(
    sources.map((source) => importText(db, { kind: 'charges', source, createUsers: true }, file('x', 1_000))),
  );
  expect(reports.map((report) => report.newLines)).toEqual(sources.map(() => 1_000));
  for (const source of sources) expect(await totals(source)).toEqual({ n: 1_000, sum: '500.0000000000' });
  expect(await rollUpsEqual()).toEqual([]);
  const jobs = await rowsOf<{ n: number }>(
    db,
    `select count(*)::int as n from lora_training_jobs where origin = 'import'`,
  );
  expect(jobs).toEqual([{ n: 220 }]);
});

it('an import whose lock is lost while another one takes over stops, and every line arrives once', {
  timeout: 120_000,
}, async () => {
  const request = { kind: 'charges', source: 'lost', createUsers: true } as const;
  let second: Promise<unknown> | undefined;
  const takeOver = async () => {
    await db.admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and state = 'idle in transaction' and pid <> pg_backend_pid()
         and pid in (select pid from pg_locks where locktype = 'advisory')`,
    );
    return importText(db, request, file('l', 8_000));
  };
  const first = importText(db, request, file('l', 8_000), {
    onProgress: ({ phase }) => {
      if (phase === 'posting') second ??= takeOver();
    },
  });
  const [firstOutcome] = await Promise.allSettled([first]);
  expect(firstOutcome.status).toBe('rejected');
  expect(await second).toMatchObject({ outcome: 'posted', resumed: true, newLines: 8_000 });
  expect(await totals('lost')).toEqual({ n: 8_000, sum: '4000.0000000000' });
  expect(await rollUpsEqual()).toEqual([]);
});

it('an account that goes while its lines are posted stops the import with a sentence; the rest follows', {
  timeout: 60_000,
}, async () => {
  const request = { kind: 'charges', source: 'leaving', createUsers: true } as const;
  const text = file('g', 4_000).replaceAll('team-5,', 'leaver,');
  let deleted: Promise<unknown> | undefined;
  const leave = async () => {
    const [row] = await rowsOf<{ id: string }>(db, `select user_id as id from lora_accounts where alias = 'leaver'`);
    await deleteAccount(contextOf(db), asUserId(row?.id ?? ''));
  };
  const outcome = await importText(db, request, text, {
    onProgress: ({ phase }) => {
      if (phase === 'posting') deleted ??= leave();
    },
  }).catch((error) => error);
  await deleted;
  if (outcome.outcome !== 'posted') {
    expect(outcome).toMatchObject({ code: 'conflict', details: expect.stringContaining('Run the command again') });
    expect(await importText(db, request, text)).toMatchObject({ resumed: true });
  }
  const leavers = text.split('\n').filter((line) => line.includes('leaver,')).length;
  expect((await totals('leaving'))?.n).toBe(4_000 - leavers);
  expect(await importText(db, request, text)).toMatchObject({ newLines: leavers, madeAccounts: 1 });
  expect(await totals('leaving')).toEqual({ n: 4_000, sum: '2000.0000000000' });
  expect(await rollUpsEqual()).toEqual([]);
});

it('readers are not held up while charges are posted', async () => {
  const caller = await db.createUser('reader@example.test');
  const text = file('r', 15_000).replaceAll(/team-\d+/g, 'reader@example.test');
  let posting = false;
  let over = false;
  const waits: number[] = [];
  const importing = importText(db, { kind: 'charges', source: 'read' }, text, {
    onProgress: ({ phase }) => {
      posting = phase === 'posting';
    },
  }).finally(() => {
    over = true;
  });
  const lone = await db.admin.connect();
  await lone.query(`set lock_timeout = '250ms'`);
  while (!over) {
    const started = performance.now();
    await lone.query(
      `select sum(amount), (select version from lora_cost_state where user_id = $1) from lora_cost_days
      where user_id = $1 and off = 0`,
      [caller.userId],
    );
    if (posting) waits.push(performance.now() - started);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  lone.release();
  await importing;
  const sorted = waits.sort((a, b) => a - b);
  console.log(
    `${sorted.length} reads while posting: p50 ${sorted[sorted.length >> 1]?.toFixed(1)} ms, slowest ${sorted.at(-1)?.toFixed(1)} ms`,
  );
  expect(sorted.length).toBeGreaterThan(20);
  expect(sorted[sorted.length >> 1]).toBeLessThan(100);
});
