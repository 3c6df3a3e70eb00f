import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestDatabase } from '@tests/support/database';
import { seededRandom } from '@tests/support/random';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import { collectArtifacts } from '@/domain/artifacts/collect-artifacts';
import { deleteArtifact } from '@/domain/artifacts/delete-artifact';
import { meterStorage } from '@/domain/artifacts/meter-storage';
import { readArtifact } from '@/domain/artifacts/read-artifact';
import { verifyLedger } from '@/domain/ledger/verify-ledger';
import type { FileStore } from '@/lib/file-store';
import { createLocalFiles } from '@/storage/local-files';
import { manualClock, systemCtx, userCtx } from '../ledger/support';
import { completedJob, goodFiles, runOf } from './support';

const db = await createTestDatabase();
const BORN = Date.parse('2026-05-01T10:02:05.123Z');
const clock = manualClock('2026-05-01T10:02:05.123Z');
let folder: string;
let files: FileStore;
let anna: Caller;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pipeline-storage-'));
  files = createLocalFiles(folder);
  anna = await db.createUser();
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await db.drop();
});

/** bytes × ms × price per gigabyte and month of 30 days, rounded once, half away from zero, in ten-billionths. */
function oracle(bytes: bigint, ms: bigint, priceTenBillionths: bigint): bigint {
  const over = 1_000_000_000n * 30n * 86_400_000n;
  return (2n * bytes * ms * priceTenBillionths + over) / (2n * over);
}

const exact = (text: string): bigint => BigInt(text.replace('.', ''));

async function ledgerOf(id: string): Promise<{ sum: bigint; states: string[]; days: number }> {
  const { rows } = await db.admin.query<{ amount: string; state: string }>(
    "select amount::text, state from lora_cost_records where source = $1 and cost_type = 'storage' order by recorded_at",
    [`artifact:${id}`],
  );
  return {
    sum: rows.reduce((sum, row) => sum + exact(row.amount), 0n),
    states: rows.map((row) => row.state),
    days: rows.length,
  };
}

async function born(bytes: bigint): Promise<string> {
  clock.set(BORN);
  const ctx = { ...systemCtx(db, clock), files };
  const collected = await collectArtifacts(ctx, { jobId: await completedJob(db, anna), run: runOf(goodFiles()) });
  const id = collected.outcome === 'collected' ? collected.artifactId : '';
  // as large as a real one, which a test need not write
  await db.admin.query('update lora_model_artifacts set bytes = $2 where id = $1', [id, bytes.toString()]);
  return id;
}

it('storage costs bytes × time × price, to the last digit, however often it is metered, and ends with the deletion', async () => {
  const random = seededRandom(20261123);
  const { rows } = await db.admin.query<{ unit_price: string }>(
    "select unit_price::text from lora_prices where provider = 'local' and sku = 'artifact-storage' and valid_to is null",
  );
  const price = exact(rows[0]?.unit_price ?? '');
  expect(price).toBeGreaterThan(0n);
  for (let round = 0; round < 12; round += 1) {
    const bytes = BigInt(Math.floor(random() * 2e11) + 1);
    const id = await born(bytes);
    let now = BORN;
    for (let tick = 0; tick < 8; tick += 1) {
      now += Math.floor(random() * 5 * 86_400_000);
      clock.set(now);
      await meterStorage(systemCtx(db, clock));
      if (random() < 0.3) await meterStorage(systemCtx(db, clock));
    }
    const metered = await db.admin.query<{ ms: string }>(
      'select (extract(epoch from metered_to - stored_from) * 1000)::bigint as ms from lora_model_artifacts where id = $1',
      [id],
    );
    expect((await ledgerOf(id)).sum).toBe(oracle(bytes, BigInt(metered.rows[0]?.ms ?? 0), price));
    const shown = await readArtifact(userCtx(db, anna, clock), { id });
    expect(exact(shown.storage.cost_exact)).toBe((await ledgerOf(id)).sum);
    clock.set(now + Math.floor(random() * 86_400_000));
    const end = clock.now().getTime();
    await deleteArtifact({ ...userCtx(db, anna, clock), files }, { id });
    const ledger = await ledgerOf(id);
    expect(ledger.sum).toBe(oracle(bytes, BigInt(end - BORN), price));
    expect(new Set(ledger.states)).toEqual(new Set(['final']));
    clock.set(end + 40 * 86_400_000);
    await meterStorage(systemCtx(db, clock));
    expect((await ledgerOf(id)).sum).toBe(ledger.sum);
  }
  const checked = await verifyLedger(systemCtx(db, clock));
  expect(checked.differences).toEqual([]);
});

it('a deleted adapter is gone with its files, once, and for its owner alone to delete', async () => {
  const id = await born(1_000n);
  const ben = await db.createUser();
  await expect(deleteArtifact({ ...userCtx(db, ben, clock), files }, { id })).rejects.toMatchObject({
    code: 'not_found',
  });
  expect((await readArtifact(userCtx(db, anna, clock), { id })).files).toHaveLength(3);
  await deleteArtifact({ ...userCtx(db, anna, clock), files }, { id });
  await expect(readArtifact(userCtx(db, anna, clock), { id })).rejects.toMatchObject({ code: 'not_found' });
  await expect(deleteArtifact({ ...userCtx(db, anna, clock), files }, { id })).rejects.toMatchObject({
    code: 'not_found',
  });
  for await (const { key } of files.list(`artifacts/${id}`)) expect.unreachable(key);
});

it('a new price of storage changes nothing for what is kept already', async () => {
  const id = await born(3n * 10n ** 13n);
  clock.set(BORN + 86_400_000);
  await meterStorage(systemCtx(db, clock));
  const { storage } = await readArtifact(userCtx(db, anna, clock), { id });
  await db.admin.query(
    `with old as (update lora_prices set valid_to = now() where provider = 'local' and sku = 'artifact-storage' and valid_to is null returning *)
     insert into lora_prices (provider, sku, kind, purchase_option, unit, unit_price, currency, version, valid_from, origin, observed_on)
     select provider, sku, kind, purchase_option, unit, unit_price * 100, currency, version + 1, valid_to, origin, observed_on from old`,
  );
  clock.set(BORN + 2 * 86_400_000);
  await meterStorage(systemCtx(db, clock));
  const later = await readArtifact(userCtx(db, anna, clock), { id });
  expect(later.storage.price_per_gb_month_exact).toBe(storage.price_per_gb_month_exact);
  expect(exact(later.storage.cost_exact)).toBe(2n * exact(storage.cost_exact));
});
