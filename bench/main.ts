// `npm run bench`: measures reads and writes as multiples of the cheapest authenticated read and writes
// docs/benchmarks.md. `--quick` leaves the million out, takes few rounds and writes nothing.
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { changeSettings } from '@/domain/accounts/change-settings';
import type { UserCtx } from '@/domain/context';
import { contextOf, openAccount } from './accounts';
import { claimRows } from './claim-cases';
import { type BenchCluster, type BenchDatabase, startBenchCluster } from './cluster';
import { estimateRows } from './estimate-cases';
import { openFloor } from './floor';
import { measureHttp } from './http-cases';
import { inboxCases } from './inbox-cases';
import { costCases, jobsCase, plainCases, yearCase } from './read-cases';
import { type HttpRates, type Row, reportText, shownNumber, verdict } from './report';
import { type Case, measureRounds } from './rounds';
import { PER_JOB, seedCharges } from './seed-charges';
import { seedInbox } from './seed-inbox';
import { growthExponent, median } from './statistics';
import { tickRows } from './tick-cases';
import { measureWrites } from './write-rates';

const QUICK = process.argv.includes('--quick');
const SIZES = QUICK ? [10_000, 100_000] : [10_000, 100_000, 1_000_000];
const OTHERS = QUICK ? 20 : 200;
const ROUNDS = QUICK ? 5 : 60;
const CALLS = QUICK ? 3 : 5;
const ZONES = ['Europe/Berlin', 'Asia/Kathmandu'];
const say = (text: string) => console.log(text);

async function seed(db: BenchDatabase) {
  const callers = new Map<number, Awaited<ReturnType<typeof openAccount>>>();
  const records = new Map<string, number>();
  for (const size of SIZES) {
    const caller = await openAccount(db, `records-${size}`);
    callers.set(size, caller);
    records.set(caller.userId, size);
  }
  for (let i = 0; i < OTHERS; i += 1) records.set((await openAccount(db, `other-${i}`)).userId, 1_000);
  await seedCharges(db, records);
  const inbox = await openAccount(db, 'inbox');
  await seedInbox(db, inbox.userId, 100_000);
  await db.admin.query('vacuum analyze');
  return { callers, inbox };
}

interface Reads {
  readonly rows: Row[];
  readonly floors: number[];
  readonly http: HttpRates;
}

async function readRows(cluster: BenchCluster): Promise<Reads> {
  const { db } = await cluster.open('reads');
  say('seeding …');
  const { callers, inbox } = await seed(db);
  const size = SIZES.at(-1) ?? 0;
  const big = callers.get(size);
  if (!big) throw new Error('the largest account was not made');
  const ctx = contextOf(db, big);
  const floor = openFloor(db.appUrl, big);
  const floors: number[] = [];
  const measure = async (cases: readonly Case[], rounds = ROUNDS, calls = CALLS) => {
    const result = await measureRounds(floor.read, cases, { rounds, calls });
    floors.push(...result.floors);
    return (name: string) => (result.p50.get(name) ?? Number.NaN) / result.floor;
  };

  say('costs, records and notifications …');
  const growth = SIZES.map((n) => yearCase(contextOf(db, callers.get(n) ?? big), `year of ${n}`));
  const inboxCtx: UserCtx = contextOf(db, inbox);
  const main = await measure([
    ...(await costCases(db, ctx)),
    jobsCase(ctx),
    ...growth,
    ...(await inboxCases(db, inboxCtx)),
  ]);
  const zones: Row[] = [];
  for (const zone of ZONES) {
    await changeSettings(ctx, { timezone: zone });
    const ratio = await measure([yearCase(ctx, zone, zone), yearCase(ctx, 'year')]);
    zones.push({ what: `costs of a year in ${zone}`, measured: ratio(zone), unit: '×', target: { most: 10 } });
  }
  say('the plain ways …');
  const plain: Row[] = [];
  for (const n of SIZES) {
    const caller = callers.get(n) ?? big;
    const plainCtx = { ...contextOf(db, caller), service: db.database.asService({ timeoutMs: 300_000 }) };
    const ratio = await measure(plainCases(plainCtx, caller), QUICK ? 1 : 2, 1);
    for (const name of ['fetch all and add', 'aggregate in SQL']) {
      plain.push({ what: `${name}, ${n.toLocaleString('en')} records`, measured: ratio(name), unit: '×' });
    }
  }
  await floor.close();
  say('over HTTP …');
  const owners = { charges: big.userId, inbox: inbox.userId };
  const http = await measureHttp(db, owners, { rounds: ROUNDS, calls: 4 * CALLS });
  const most = (what: string, name: string, limit: number): Row => ({
    what,
    measured: main(name),
    unit: '×',
    target: { most: limit },
  });
  const records = `${size.toLocaleString('en')} records`;
  return {
    floors,
    http,
    rows: [
      most(`costs of a week, ${records}`, 'week', 1.2),
      most(`costs of a month, ${records}`, 'month', 1.5),
      most(`costs of a year, ${records}`, 'year', 4),
      ...zones,
      most(`top jobs of ${(size / PER_JOB).toLocaleString('en')} over a year, beside its costs`, 'top jobs', 12),
      {
        what: 'growth of the year from the smallest to the largest account',
        measured: growthExponent(SIZES.map((n) => [n, main(`year of ${n}`)] as const)),
        unit: 'exponent',
        target: { most: 0.05 },
      },
      most('unchanged answer by its tag, rolling week', 'unchanged', 1.1),
      most('first page of 100 records', 'page first', 10),
      most('page of 100 records in the middle', 'page middle', 10),
      most('last page of 100 records', 'page last', 10),
      {
        what: 'last page against the first',
        measured: main('page last') / main('page first'),
        unit: '×',
        target: { most: 1.3 },
      },
      most('unread badge, 100,000 unread', 'badge', 1),
      most('list of 20 with the count', 'list of 20', 1.5),
      most('read all', 'read all', 2),
      { what: 'changes feed, 50 behind', measured: main('changes'), unit: '×' },
      ...plain,
    ],
  };
}

async function writeRows(cluster: BenchCluster): Promise<Row[]> {
  say('writing …');
  const { shapes, batchFactor, hotShare } = await measureWrites(cluster, QUICK ? 3 : 15);
  const least: Record<string, number> = {
    'one user, one day': 0.7,
    '1,000 jobs of 200 users': 0.65,
    'one user, a year': 0.55,
  };
  return [
    ...shapes.map(
      ({ name, rate, ratio }): Row => ({
        what: `batches of 1,000 charges: ${name} (${Math.round(rate).toLocaleString('en')} rows/s here)`,
        measured: ratio,
        unit: '%',
        target: { least: least[name] ?? 1 },
      }),
    ),
    { what: 'a batch against its charges one by one', measured: batchFactor, unit: 'factor', target: { least: 15 } },
    {
      what: 'sixteen writers on one account, against an account each',
      measured: hotShare,
      unit: '%',
      target: { least: 0.6 },
    },
  ];
}

async function workRows(cluster: BenchCluster): Promise<Row[]> {
  say('claims and ticks …');
  return [...(await tickRows(cluster, QUICK)), ...(await claimRows(cluster, QUICK))];
}

async function main(): Promise<void> {
  const started = performance.now();
  const load = os.loadavg()[0] ?? 0;
  const cluster = await startBenchCluster();
  try {
    const reads = await readRows(cluster);
    const rows = [...reads.rows, ...(await writeRows(cluster)), ...(await workRows(cluster)), ...estimateRows()];
    const { db } = await cluster.open('reads');
    const version = await db.admin.query<{ server_version: string }>('show server_version');
    for (const row of [...rows, ...reads.http.rows])
      say(`${row.what.padEnd(84)} ${shownNumber(row).padStart(12)}  ${verdict(row)}`);
    say(`floor ${reads.floors.map((ms) => ms.toFixed(3)).join(' ')} ms, median ${median(reads.floors).toFixed(3)} ms`);
    if (!QUICK) {
      const postgres = version.rows[0]?.server_version ?? '';
      const text = reportText({ ...reads, rows, postgres, date: new Date(), load });
      writeFileSync(path.join(import.meta.dirname, '..', 'docs', 'benchmarks.md'), text);
    }
    say(`${((performance.now() - started) / 1000).toFixed(0)} s`);
  } finally {
    await cluster.stop();
  }
}

await main();
