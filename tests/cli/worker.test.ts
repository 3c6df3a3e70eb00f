import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand, startCommand } from '../server/support';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { addJob, addPrice, attemptRow, jobRow } from '../training/support';
import { until } from '../worker/support/machine';

let db: TestDatabase;
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  db = await createTestDatabase();
  folder = mkdtempSync(path.join(os.tmpdir(), 'pipeline-worker-'));
  env = { DATABASE_URL: db.adminUrl, PIPELINE_DATA_DIR: folder };
});
afterAll(async () => {
  await db?.drop();
  rmSync(folder, { recursive: true, force: true });
});

it('runs jobs until Ctrl-C, which hands them over to the next worker of the machine', async () => {
  const caller = await db.createUser();
  const jobId = await addJob(db, caller, { priceId: await addPrice(db), executor: 'local', trainer: 'absent' });
  const worker = startCommand(['worker', '--slots', '3'], env);
  await worker.says('Working, 3 at a time.');
  // the job names no trainer of this machine: that it fails shows that somebody works
  await until(async () => (await jobRow(db, jobId)).status === 'failed', 'the job is taken');
  expect(await jobRow(db, jobId)).toMatchObject({ failure_cause: 'command_not_found' });
  const { rows } = await db.admin.query('select id from lora_job_attempts where job_id = $1', [jobId]);
  await until(async () => (await attemptRow(db, rows[0].id)).cleared_at !== null, 'its run is cleared');
  worker.process.kill('SIGINT');
  expect(await worker.ended).toBe(130);
}, 60_000);

it('refuses a number of slots that is none', async () => {
  const { code, output } = await runCommand(['worker', '--slots', 'many'], env);
  expect([code, output]).toEqual([2, expect.stringContaining('Send a whole number from 1 to 9999.')]);
});
