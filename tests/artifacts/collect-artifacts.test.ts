import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestDatabase } from '@tests/support/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import { collectArtifacts } from '@/domain/artifacts/collect-artifacts';
import { listArtifacts } from '@/domain/artifacts/list-artifacts';
import { readArtifact } from '@/domain/artifacts/read-artifact';
import type { FileStore } from '@/lib/file-store';
import { createLocalFiles } from '@/storage/local-files';
import { manualClock, systemCtx, userCtx } from '../ledger/support';
import { CONFIG_JSON, completedJob, goodFiles, runOf, safetensors } from './support';

const db = await createTestDatabase();
const clock = manualClock('2026-05-01T10:02:05Z');
let folder: string;
let files: FileStore;
let anna: Caller;
const ctx = () => ({ ...systemCtx(db, clock), files });
const collect = (jobId: string, left: Record<string, Buffer>) => collectArtifacts(ctx(), { jobId, run: runOf(left) });

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pipeline-artifacts-'));
  files = createLocalFiles(folder);
  anna = await db.createUser();
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await db.drop();
});

async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of files.list('artifacts')) found.push(key);
  return found.sort();
}

const told = async (job: string) =>
  (
    await db.admin.query(
      'select type, title, message, thread_key from lora_notifications where job_id = $1 order by seq',
      [job],
    )
  ).rows;

describe('a completed run', () => {
  it('leaves an adapter with its files hashed, its configuration read and its quality worked out', async () => {
    const job = await completedJob(db, anna);
    const left = goodFiles();
    const collected = await collect(job, left);
    expect(collected.outcome).toBe('collected');
    const id = collected.outcome === 'collected' ? collected.artifactId : '';
    const found = await readArtifact(userCtx(db, anna, clock), { id });
    const kept = ['README.md', 'adapter_config.json', 'adapter_model.safetensors'];
    expect(found.files).toEqual(
      kept.map((name) => ({
        name,
        bytes: left[name]?.length,
        sha256: createHash('sha256')
          .update(left[name] ?? '')
          .digest('hex'),
      })),
    );
    expect(found.adapter).toEqual({
      peft_type: 'LORA',
      r: 8,
      lora_alpha: 16,
      lora_dropout: 0.05,
      target_modules: ['q_proj', 'v_proj'],
      tensors: 1,
      parameters: 6,
    });
    expect(found.quality).toEqual({
      final_loss: 2.25,
      best_loss: 1,
      final_validation_loss: 2.5,
      best_validation_loss: 1.5,
      perplexity: Math.exp(2.5),
      train_validation_gap: 0.25,
      steps: 40,
      tokens: 2000,
      duration_ms: 90_250,
      cost_exact: '0.0123456789',
      cost_per_million_tokens_exact: '6.1728394500',
    });
    expect(found.bytes).toBe(kept.reduce((sum, name) => sum + (left[name]?.length ?? 0), 0));
    expect(await told(job)).toEqual([
      {
        type: 'artifact_ready',
        title: 'Adapter of My first "run" / Ümläut is ready',
        message: expect.stringContaining('after 40 steps with a validation loss of 2.5000'),
        thread_key: `job:${job}`,
      },
    ]);
  });

  it('is collected once, however often and by however many at once', async () => {
    const job = await completedJob(db, anna);
    const before = (await keys()).length;
    const all = await Promise.all(Array.from({ length: 6 }, () => collect(job, goodFiles())));
    all.push(await collect(job, {}));
    expect(new Set(all.map((one) => JSON.stringify(one))).size).toBe(1);
    expect((await keys()).length - before).toBe(3);
    expect(await told(job)).toHaveLength(1);
  });

  it('is listed for its owner alone', async () => {
    const job = await completedJob(db, anna);
    await collect(job, goodFiles());
    const ben = await db.createUser();
    const query = { limit: 20, job_id: job };
    expect((await listArtifacts(userCtx(db, anna, clock), query)).models).toHaveLength(1);
    expect((await listArtifacts(userCtx(db, ben, clock), query)).models).toEqual([]);
  });

  it('pages through adapters, each once, newest first', async () => {
    const carl = await db.createUser();
    for (let n = 0; n < 5; n += 1) await collect(await completedJob(db, carl), goodFiles());
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listArtifacts(userCtx(db, carl, clock), { limit: 2, cursor });
      seen.push(...page.models.map(({ id }) => id));
      cursor = page.next_cursor ?? undefined;
    } while (cursor);
    const { rows } = await db.admin.query<{ id: string }>(
      'select id from lora_model_artifacts where user_id = $1 order by created_at desc, id desc',
      [carl.userId],
    );
    expect(seen).toEqual(rows.map(({ id }) => id));
    expect(seen).toHaveLength(5);
  });
});

describe('what is no adapter', () => {
  const weights = safetensors();
  const overlong = Buffer.from(weights);
  overlong.writeBigUInt64LE(2n ** 63n, 0);
  it.each<[string, Record<string, Buffer>, string]>([
    ['nothing', {}, 'no adapter_model.safetensors'],
    [
      'a pickle alone',
      { 'adapter_model.bin': weights, 'adapter_config.json': Buffer.from(CONFIG_JSON) },
      'no adapter_model.safetensors',
    ],
    ['no configuration', { 'adapter_model.safetensors': weights }, 'no adapter_config.json'],
    [
      'a configuration that is no JSON',
      { 'adapter_model.safetensors': weights, 'adapter_config.json': Buffer.from('{') },
      'not JSON',
    ],
    ['weights cut short', { ...goodFiles(), 'adapter_model.safetensors': weights.subarray(0, -1) }, 'do not fill it'],
    [
      'an empty file of weights',
      { ...goodFiles(), 'adapter_model.safetensors': Buffer.alloc(0) },
      'shorter than its own beginning',
    ],
    ['a header of impossible length', { ...goodFiles(), 'adapter_model.safetensors': overlong }, 'impossible'],
    [
      'names that lead elsewhere',
      { '../adapter_model.safetensors': weights, 'adapter_config.json': Buffer.from(CONFIG_JSON) },
      'no adapter_model.safetensors',
    ],
  ])('%s: refused with a reason, told once, and nothing of it stays', async (_, left, reason) => {
    const job = await completedJob(db, anna);
    const before = await keys();
    for (let times = 0; times < 2; times += 1) {
      expect(await collect(job, left)).toEqual({ outcome: 'refused', reason: expect.stringContaining(reason) });
    }
    expect(await keys()).toEqual(before);
    expect((await told(job)).map(({ type }) => type)).toEqual(['artifact_failed']);
    const { rows } = await db.admin.query('select from lora_model_artifacts where job_ref = $1', [job]);
    expect(rows).toHaveLength(0);
  });

  it('a job that is not completed leaves nothing', async () => {
    for (const status of ['running', 'failed', 'cancelled']) {
      expect(await collect(await completedJob(db, anna, status), goodFiles())).toEqual({ outcome: 'none' });
    }
  });

  it('a run whose files break off leaves nothing behind, and is collected when they are whole', async () => {
    const job = await completedJob(db, anna);
    const before = await keys();
    const run = runOf(goodFiles());
    const torn = {
      ...run,
      read: async () => {
        throw new Error('the connection is gone');
      },
    };
    await expect(collectArtifacts(ctx(), { jobId: job, run: torn })).rejects.toThrow('the connection is gone');
    expect(await keys()).toEqual(before);
    expect((await collect(job, goodFiles())).outcome).toBe('collected');
  });
});
