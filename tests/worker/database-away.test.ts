import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loginUrls } from '@/db/logins';
import { type Caller, type Database, openDatabase } from '@/db/session';
import { phasedTimeline } from '@/worker/executors/simulated/timeline';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { type ProxyMode, startTcpProxy, type TcpProxy } from '../support/tcp-proxy';
import { addPrice, chargesOf, jobRow } from '../training/support';
import { createMachine, type Machine, TIMES, until } from './support/machine';

const AWAY_MS = 4_000;
/** As on the machine of an embedded database: runs wait for a while for somebody to come back. */
const PATIENT = { ...TIMES, runLeaseMs: 30_000 };

let db: TestDatabase;
let proxy: TcpProxy;
let through: Database;
let caller: Caller;
let priceId: string;
let machine: Machine;

beforeAll(async () => {
  db = await createTestDatabase();
  const { hostname, port } = new URL(db.adminUrl);
  proxy = await startTcpProxy({ host: hostname, port: Number(port) });
  const urls = loginUrls(Object.assign(new URL(db.adminUrl), { port: proxy.port }).href);
  through = openDatabase({ appUrl: urls.app, workerUrl: urls.worker, poolSize: 4 });
  caller = await db.createUser();
  priceId = await addPrice(db, { unitPrice: '3600' });
  machine = createMachine(db);
});
afterAll(async () => {
  await proxy?.turn('pass');
  await machine?.stopAll();
  await through?.close();
  await proxy?.close();
  await db?.drop();
});

it.each<ProxyMode>(['refuse', 'silent', 'reset'])(
  'a database that is away (%s) costs a run nothing: it goes on, and what it told and used is written afterwards',
  async (mode) => {
    const jobs = await Promise.all(Array.from({ length: 4 }, () => machine.addJob(caller, priceId)));
    const [ending = '', ...going] = jobs;
    machine.tell(ending, phasedTimeline([{ phase: 'training', ms: 1_500, steps: 30 }]));
    for (const jobId of going)
      machine.tell(jobId, phasedTimeline([{ phase: 'training', ms: AWAY_MS + 3_000, steps: 70 }]));
    const worker = machine.startWorker({
      ctx: { ...machine.ctx, session: through.asService() },
      times: PATIENT,
    });
    await until(async () => (await jobRow(db, going[0] ?? '')).status === 'running', 'a job runs');
    await proxy.turn(mode);
    await sleep(AWAY_MS);
    expect(worker.holding().length).toBeGreaterThan(0);
    await proxy.turn('pass');
    for (const jobId of jobs) {
      await until(async () => (await jobRow(db, jobId)).status === 'completed', 'the job has completed');
      const { rows } = await db.admin.query('select * from lora_job_attempts where job_id = $1', [jobId]);
      expect(rows).toHaveLength(1);
      const ms = jobId === ending ? 1_500 : AWAY_MS + 3_000;
      expect(rows[0].cost).toBe(`${(ms / 1_000).toFixed(10)}`);
      const charges = await chargesOf(db, rows[0].id);
      expect(charges.reduce((sum, { details }) => sum + Number(details.quantity_ms), 0)).toBe(ms);
      expect(await jobRow(db, jobId)).toMatchObject({ step: jobId === ending ? 30 : 70 });
    }
    await worker.stop(5_000);
  },
);
