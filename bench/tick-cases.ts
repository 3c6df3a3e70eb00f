import { randomUUID } from 'node:crypto';
import type { Caller } from '@/db/session';
import type { SystemCtx } from '@/domain/context';
import { upsertCharges } from '@/domain/ledger/store';
import { attemptCharges, attemptCost } from '@/domain/training/attempt-charges';
import { type LockedAttempt, writeProgress } from '@/domain/training/progress-store';
import { meteredAttempt, recordProgress, TICK_BATCH } from '@/domain/training/record-progress';
import type { RunProgress } from '@/domain/training/report';
import { beginTimeline, extendTimeline, type SeenEvent, type Timeline } from '@/domain/training/segments';
import { createLogger } from '@/lib/log';
import { asMoney, parseMoney } from '@/lib/money';
import { benchClock, openAccount } from './accounts';
import type { BenchCluster, BenchDatabase } from './cluster';
import type { Row } from './report';
import { NOW } from './seed-charges';
import { median } from './statistics';

const ATTEMPTS = 1_000;
const ACCOUNTS = 200;
const TICK_MS = 5_000;
/** Ticks of an hour. */
const HOUR = 720;
/** The tables that a tick updates. */
const TABLES = [
  'lora_cost_records',
  'lora_cost_days',
  'lora_cost_quarters',
  'lora_cost_job_days',
  'lora_cost_job_life',
  'lora_cost_state',
  'lora_job_attempts',
  'lora_job_segments',
  'lora_training_jobs',
];

const systemCtx = (db: BenchDatabase): SystemCtx => ({
  session: db.database.asService({ timeoutMs: 60_000 }),
  clock: benchClock,
  log: createLogger({ level: 'silent' }),
});

/** Running attempts of many accounts. `bare`: tables without any trigger of ours. */
async function openTarget(cluster: BenchCluster, name: string, bare: boolean) {
  const { db } = await cluster.open(name);
  const accounts: Caller[] = [];
  for (let i = 0; i < ACCOUNTS; i += 1) accounts.push(await openAccount(db, `runner-${i}`));
  const ids = Array.from({ length: ATTEMPTS }, () => ({ job: randomUUID(), attempt: randomUUID() }));
  const price = {
    billedPhases: null,
    price: { version: 'bench/1', currency: 'USD', unitPrice: '1.89', unit: 'hour', incrementMs: 1, minimumMs: 0 },
  };
  await db.admin.query(
    `with given as (select * from unnest($1::uuid[], $2::uuid[], $3::uuid[]) g (job_id, attempt_id, user_id)),
     jobs as (
       insert into lora_training_jobs (id, user_id, name, status, executor, progress_at)
       select job_id, user_id, 'a run', 'running', 'bench', now() from given returning id)
     insert into lora_job_attempts (id, job_id, user_id, number, executor, worker, host, lease_until, price, units)
     select g.attempt_id, g.job_id, g.user_id, 1, 'bench', 'w', 'h', 'infinity', $4, 1 from given g join jobs j on j.id = g.job_id`,
    [
      ids.map(({ job }) => job),
      ids.map(({ attempt }) => attempt),
      ids.map((_, i) => accounts[i % ACCOUNTS]?.userId),
      JSON.stringify(price),
    ],
  );
  if (bare) for (const table of TABLES) await db.admin.query(`alter table ${table} disable trigger user`);
  const attempts = ids.map(
    ({ job, attempt }, i): LockedAttempt => ({
      id: attempt,
      jobId: job,
      userId: (accounts[i % ACCOUNTS] as Caller).userId,
      number: 1,
      price,
      units: '1',
      tags: {},
      meteredTo: null,
      cost: '0',
      jobName: 'a run',
      jobStatus: 'running',
      cancelRequested: false,
      resumedFromStep: null,
    }),
  );
  return { db, ctx: systemCtx(db), attempts };
}
type Target = Awaited<ReturnType<typeof openTarget>>;

/** A training that makes a step between any two ticks and is evaluated every minute, as it is known after `n` ticks. */
function createRun() {
  let timeline: Timeline = extendTimeline(beginTimeline(NOW), [{ at: NOW + 1_000, event: { phase: 'training' } }]);
  return (n: number): Omit<RunProgress, 'attemptId' | 'fence'> => {
    const at = NOW + n * TICK_MS;
    const phase = n % 12 === 0 ? 'evaluation' : 'training';
    const event: SeenEvent['event'] = {
      phase,
      step: n,
      total: 10_000,
      loss: 10 / n,
      epoch: n / 1_000,
      tokens: n * 512,
    };
    timeline = extendTimeline(timeline, [{ at: at - 1, event }]);
    const points = [{ step: n, at: at - 1, metrics: { loss: 10 / n, epoch: n / 1_000 }, grain: 1 }];
    return { timeline, asOf: at, points, lines: [] };
  };
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** The rows of a tick and nothing else: no lock, no fence, no trigger; `all`: with what is not charges. */
async function writeBare({ ctx, attempts }: Target, report: ReturnType<ReturnType<typeof createRun>>, all: boolean) {
  const { timeline, asOf, points } = report;
  for (let at = 0; at < attempts.length; at += TICK_BATCH) {
    const writes = attempts.slice(at, at + TICK_BATCH).map((attempt) => {
      const locked = { ...attempt, meteredTo: asOf > NOW + TICK_MS ? asOf - TICK_MS : null };
      const metered = meteredAttempt(locked);
      const { cost, byPhase } = attemptCost(metered, timeline, asOf);
      return {
        charges: attemptCharges(metered, timeline, { asOf, endedAt: null }),
        write: {
          attempt: locked,
          timeline,
          meteredTo: asOf,
          cost,
          byPhase,
          growth: asMoney(parseMoney('0.0026250000')),
          isFresh: true,
          segments: timeline.segments.slice(-2),
          points,
          lines: [],
        },
      };
    });
    await ctx.session.transaction(async (tx) => {
      await upsertCharges(
        tx,
        writes.flatMap(({ charges }) => charges),
        { locksFirst: false },
      );
      if (all) {
        await writeProgress(
          tx,
          writes.map(({ write }) => write),
        );
      }
    });
  }
}

const tick = ({ ctx, attempts }: Target, report: ReturnType<ReturnType<typeof createRun>>) =>
  recordProgress(
    ctx,
    attempts.map(({ id }) => ({ attemptId: id, fence: 1, ...report })),
  );

interface Upkeep {
  /** Share of updates that stayed within their page. */
  readonly hot: number;
  /** Sizes relative to their rows: of the ledger, and of the attempts, all of which every tick writes anew. */
  readonly ledger: number;
  readonly attempts: number;
}

/** What the updates did to the tables. */
async function upkeepOf({ admin }: BenchDatabase): Promise<Upkeep> {
  await admin.query('select pg_stat_force_next_flush()');
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const { rows } = await admin.query<{ updates: string; hot: string }>(
    'select sum(n_tup_upd) as updates, sum(n_tup_hot_upd) as hot from pg_stat_user_tables where relname = any ($1)',
    [TABLES],
  );
  const sizeOf = async (table: string) => {
    const size = await admin.query<{ share: number }>(
      // a row has its place in the page and a header besides what its columns take
      `select pg_relation_size('${table}') / sum(pg_column_size(t.*) + 28)::float8 as share from ${table} t`,
    );
    return size.rows[0]?.share ?? Number.NaN;
  };
  const [counts] = rows;
  return {
    hot: Number(counts?.hot) / Number(counts?.updates),
    ledger: await sizeOf('lora_cost_records'),
    attempts: await sizeOf('lora_job_attempts'),
  };
}

/** The tick for a thousand running attempts against the bare tables, and what an hour of it leaves behind. */
export async function tickRows(cluster: BenchCluster, isQuick: boolean): Promise<Row[]> {
  const ours = await openTarget(cluster, 'ticks', false);
  const bare = await openTarget(cluster, 'bare-ticks', true);
  const charges = await openTarget(cluster, 'bare-tick-charges', true);
  const times = { ours: [] as number[], repeat: [] as number[], bare: [] as number[], charges: [] as number[] };
  const run = createRun();
  const compared = isQuick ? 12 : 60;
  for (let n = 1; n <= (isQuick ? 60 : HOUR); n += 1) {
    const report = run(n);
    const took = await timeOf(() => tick(ours, report));
    if (n > compared + 2) continue;
    const others = {
      repeat: await timeOf(() => tick(ours, { ...report, points: [] })),
      bare: await timeOf(() => writeBare(bare, report, true)),
      charges: await timeOf(() => writeBare(charges, report, false)),
    };
    if (n <= 2) continue; // the first ones insert
    times.ours.push(took);
    for (const name of ['repeat', 'bare', 'charges'] as const) times[name].push(others[name]);
  }
  const { hot, ledger, attempts } = await upkeepOf(ours.db);
  const full = median(times.ours);
  return [
    {
      what: `metering tick for 1,000 running attempts (${full.toFixed(0)} ms here), against the bare upsert of its rows`,
      measured: full / median(times.bare),
      unit: 'factor',
      target: { most: 2 },
    },
    {
      what: 'the same against the bare upsert of its charges alone',
      measured: full / median(times.charges),
      unit: 'factor',
    },
    { what: 'the same tick again, which changes nothing', measured: median(times.repeat) / full, unit: '%' },
    {
      what: 'updates that stay within their page, an hour of ticks',
      measured: hot,
      unit: '%',
      target: { least: 0.95 },
    },
    {
      what: 'size of the ledger against its rows after that hour',
      measured: ledger,
      unit: 'factor',
      target: { most: 2 },
    },
    {
      what: 'size of the attempts against their rows, each of which is written anew with every tick',
      measured: attempts,
      unit: 'factor',
    },
  ];
}
