import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Caller } from '@/db/session';
import type { DB } from '@/db/types';
import type { NewCharge } from '@/domain/ledger/charge';
import { recordCharges } from '@/domain/ledger/record-charges';
import { upsertCharges } from '@/domain/ledger/store';
import { parseMoney } from '@/lib/money';
import { openAccount } from './accounts';
import type { BenchCluster } from './cluster';
import { NOW } from './seed-charges';
import { median } from './statistics';

const BATCH = 1_000;
const DAY_MS = 86_400_000;
const QUARTER_MS = 900_000;
const WRITERS = 16;

type Write = (tx: Transaction<DB>, charges: readonly NewCharge[]) => Promise<unknown>;
/** The same statement without the lock: what writing would cost if nothing had to agree with it. */
const writeBare: Write = (tx, charges) => upsertCharges(tx, charges, { locksFirst: false });
type Shape = (i: number) => { account: number; at: number; job: number | null };

/** How a batch is spread over accounts, days and jobs. */
const SHAPES: Record<string, Shape> = {
  'one user, one day': (i) => ({ account: 0, at: NOW - (i % 96) * QUARTER_MS, job: null }),
  '1,000 jobs of 200 users': (i) => ({ account: i % 200, at: NOW - (i % 8) * QUARTER_MS, job: i }),
  'one user, a year': (i) => ({
    account: 0,
    at: NOW - ((i * 7_919) % 365) * DAY_MS - (i % 96) * QUARTER_MS,
    job: null,
  }),
};

/** A database with accounts and jobs to write to. `bare`: the same table, keys and indexes without our triggers. */
async function openTarget(cluster: BenchCluster, name: string, bare: boolean) {
  const { db } = await cluster.open(name, WRITERS);
  const accounts: Caller[] = [];
  for (let i = 0; i < 200; i += 1) accounts.push(await openAccount(db, `writer-${i}`));
  const { rows } = await db.admin.query<{ id: string }>(
    `insert into lora_training_jobs (user_id, name, status, origin)
     select ($1::uuid[])[1 + i % 200], 'run ' || i, 'completed', 'import' from generate_series(0, 999) i returning id`,
    [accounts.map((account) => account.userId)],
  );
  if (bare) await db.admin.query('alter table lora_cost_records disable trigger user');
  return { db, accounts, jobs: rows.map((row) => row.id) };
}
type Target = Awaited<ReturnType<typeof openTarget>>;

function batchOf({ accounts, jobs }: Target, shape: Shape, size: number): NewCharge[] {
  const source = randomUUID();
  return Array.from({ length: size }, (_, i) => {
    const { account, at, job } = shape(i);
    return {
      userId: (accounts[account] as Caller).userId,
      jobId: job === null ? null : (jobs[job] ?? null),
      source: `bench:${source}:${i}`,
      costType: ['compute', 'storage', 'egress'][i % 3] ?? 'compute',
      phase: null,
      recordedAt: new Date(Math.floor(at / QUARTER_MS) * QUARTER_MS),
      amount: parseMoney('1.2345678901'),
      currency: 'USD',
      state: 'final',
      details: { quantity: '900000', unit: 'gpu_ms', unit_price: '1.89' },
      tags: {},
    };
  });
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

const post = ({ db }: Target, write: Write, charges: readonly NewCharge[]) =>
  db.database.asService({ timeoutMs: 60_000 }).transaction((tx) => write(tx, charges));

/** Rows per second of both, in turn, and their ratio: 1 is as fast as without triggers. */
async function compareShape(ours: Target, bare: Target, shape: Shape, rounds: number) {
  const times = { ours: [] as number[], bare: [] as number[] };
  for (let round = -2; round < rounds; round += 1) {
    const [mine, plain] = [batchOf(ours, shape, BATCH), batchOf(bare, shape, BATCH)];
    const a = await timeOf(() => post(ours, recordCharges, mine));
    const b = await timeOf(() => post(bare, writeBare, plain));
    if (round >= 0) {
      times.ours.push(a);
      times.bare.push(b);
    }
  }
  const rate = BATCH / (median(times.ours) / 1000);
  return { rate, ratio: median(times.bare) / median(times.ours) };
}

/** How much faster a batch is than its charges one by one. */
async function batchAgainstSingles(ours: Target, rounds: number): Promise<number> {
  const shape = SHAPES['one user, one day'] as Shape;
  const batches: number[] = [];
  const singles: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    batches.push((await timeOf(() => post(ours, recordCharges, batchOf(ours, shape, BATCH)))) / BATCH);
    const few = batchOf(ours, shape, 50);
    singles.push(
      (await timeOf(async () => {
        for (const charge of few) await post(ours, recordCharges, [charge]);
      })) / few.length,
    );
  }
  return median(singles) / median(batches);
}

/** Rows per second of sixteen writers on one account, as a share of those on an account each. */
async function hotAccount(ours: Target, rounds: number): Promise<number> {
  const run = (accountOf: (writer: number) => number) =>
    timeOf(() =>
      Promise.all(
        Array.from({ length: WRITERS }, async (_, writer) => {
          for (let i = 0; i < 12; i += 1) {
            const shape: Shape = (n) => ({ account: accountOf(writer), at: NOW - (n % 96) * QUARTER_MS, job: null });
            await post(ours, recordCharges, batchOf(ours, shape, 20));
          }
        }),
      ),
    );
  const own: number[] = [];
  const one: number[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const [a, b] = [await run((writer) => writer), await run(() => 0)];
    if (round >= 0) {
      own.push(a);
      one.push(b);
    }
  }
  return median(own) / median(one);
}

export interface WriteRates {
  readonly shapes: { name: string; rate: number; ratio: number }[];
  readonly batchFactor: number;
  readonly hotShare: number;
}

/** Measures writing of charges against the bare table; the bare one has the same keys and indexes. */
export async function measureWrites(cluster: BenchCluster, rounds: number): Promise<WriteRates> {
  const ours = await openTarget(cluster, 'writes', false);
  const bare = await openTarget(cluster, 'bare', true);
  const shapes: WriteRates['shapes'] = [];
  for (const [name, shape] of Object.entries(SHAPES)) {
    shapes.push({ name, ...(await compareShape(ours, bare, shape, rounds)) });
  }
  const batchFactor = await batchAgainstSingles(ours, Math.ceil(rounds / 2));
  return { shapes, batchFactor, hotShare: await hotAccount(ours, Math.ceil(rounds / 3)) };
}
