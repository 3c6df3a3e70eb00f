import { mkdirSync, readdirSync, readFileSync, rmdirSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { draftName } from '@/worker/executors/local/stage-run';
import { follow, orderOf } from './executor-contract';
import { memoryFiles, openLocal, script } from './local-bench';

const SECRETS = {
  DATABASE_URL: 'postgres://owner:secret@db/pipeline',
  SUPABASE_SECRET_KEY: 'sb_secret',
  PIPELINE_TRAINERS: '/etc/trainers.json',
  NODE_OPTIONS: '--no-warnings',
  AWS_SECRET_ACCESS_KEY: 'secret',
};
const before = { ...process.env };
beforeAll(() => Object.assign(process.env, SECRETS, { CUDA_VISIBLE_DEVICES: '0' }));
afterAll(() => {
  for (const name of [...Object.keys(SECRETS), 'CUDA_VISIBLE_DEVICES']) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
});

const bench = openLocal(
  {
    environment: { ...script('environment.mjs'), env: { HF_HOME: '/models', HOME: '/models/home' } },
    endless: script('endless.mjs'),
    resumer: script('resumer.mjs'),
    fruitless: script('resumer.mjs', 'none'),
    litter: script('litter.mjs'),
  },
  { files: memoryFiles({ 'datasets/1/data.jsonl': '{"text":"a"}' }) },
);
afterAll(() => bench.close());

describe('the surroundings of a run', () => {
  it('hold what was allowed and nothing else of ours', async () => {
    const order = orderOf('environment');
    await bench.executor.start(order);
    const { lines } = await follow(bench, order.attemptId);
    const work = path.join(bench.folder(order.attemptId), 'work');
    const { env, cwd } = JSON.parse(lines[0]?.text ?? '');
    expect(cwd).toBe(work);
    expect(env).toEqual({
      PATH: process.env.PATH,
      LANG: expect.any(String),
      TZ: 'UTC',
      CUDA_VISIBLE_DEVICES: '0',
      HOME: '/models/home',
      HF_HOME: '/models',
      TMPDIR: path.join(work, 'tmp'),
      PIPELINE_ATTEMPT: order.attemptId,
      PIPELINE_RUN_DIR: work,
      PIPELINE_PROGRESS_FD: '3',
    });
  });

  it.skipIf(process.platform !== 'linux')('hold no secret for the supervisor either', async () => {
    const order = orderOf('endless');
    await bench.executor.start(order);
    await follow(bench, order.attemptId, ({ status }) => status === 'running');
    const [line = ''] = readFileSync(path.join(bench.folder(order.attemptId), 'journal.jsonl'), 'utf8').split('\n');
    const environment = readFileSync(`/proc/${JSON.parse(line).pid}/environ`, 'utf8');
    expect(environment).toContain('PATH=');
    for (const [name, value] of Object.entries(SECRETS)) {
      expect(environment).not.toContain(`${name}=`);
      expect(environment).not.toContain(value);
    }
    await bench.executor.cancel(order.attemptId, 'cancelled');
    await follow(bench, order.attemptId);
  });

  it('hold the dataset and the last whole checkpoint of the attempt before', async () => {
    const dataset = { fileKey: 'datasets/1/data.jsonl', format: 'text', validationShare: 0.1 };
    const told: string[] = [];
    let resumeFrom: string | null = null;
    // the third makes no checkpoint of its own, so the fourth goes on from the one that the third was given
    for (const trainer of ['resumer', 'resumer', 'fruitless', 'resumer']) {
      const order = orderOf(trainer, { dataset, resumeFrom });
      await bench.executor.start(order);
      const { lines } = await follow(bench, order.attemptId);
      told.push(...lines.map(({ text }) => text));
      resumeFrom = order.attemptId;
    }
    const data = '{"text":"a"}';
    expect(told).toEqual(['from 0', data, 'from 10', data, 'from 20', 'from 20', data]);
  });

  it('hold no checkpoint where the attempt before is not known here', async () => {
    const dataset = { fileKey: 'datasets/1/data.jsonl', format: 'text', validationShare: 0.1 };
    const order = orderOf('resumer', { dataset, resumeFrom: 'elsewhere' });
    await bench.executor.start(order);
    expect((await follow(bench, order.attemptId)).lines[0]?.text).toBe('from 0');
  });
});

describe('a run that cannot be prepared', () => {
  it('is not started, and leaves nothing behind', async () => {
    const dataset = { fileKey: 'datasets/absent', format: 'text', validationShare: 0.1 };
    const order = orderOf('resumer', { dataset });
    await expect(bench.executor.start(order)).rejects.toMatchObject({ code: 'not_found' });
    expect((await bench.executor.poll(order.attemptId, '')).status).toBe('unknown');
  });

  it('is not started by a worker that stood still for longer than the lease', async () => {
    const files = memoryFiles({ data: 'x' });
    const read: typeof files.read = (key) => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
      return files.read(key);
    };
    const sleepy = openLocal({ endless: script('endless.mjs') }, { files: { ...files, read } });
    const order = orderOf('endless', {
      leaseMs: 300,
      dataset: { fileKey: 'data', format: 'text', validationShare: 0 },
    });
    await expect(sleepy.executor.start(order)).rejects.toMatchObject({ code: 'unavailable' });
    expect((await sleepy.executor.poll(order.attemptId, '')).status).toBe('unknown');
    expect(await sleepy.executor.listRuns()).toEqual([]);
    await sleepy.close();
  });

  it.each(['', '..', '../x', 'a/b', '/etc', 'a\0b'])('is refused for what is no id: %j', async (attemptId) => {
    await expect(bench.executor.start(orderOf('endless', { attemptId }))).rejects.toMatchObject({ code: 'bad_input' });
    await expect(bench.executor.start(orderOf('endless', { resumeFrom: attemptId }))).rejects.toMatchObject({
      code: 'bad_input',
    });
  });
});

describe('half a preparation', () => {
  it('is cleared once its maker is gone and it is old, and only then', async () => {
    const runs = path.join(bench.dataDir, 'runs');
    const long = new Date(Date.now() - 3_600_000);
    const make = (name: string, changedAt: Date) => {
      mkdirSync(path.join(runs, name), { recursive: true });
      utimesSync(path.join(runs, name), changedAt, changedAt);
      return name;
    };
    const ours = make(draftName('new', 'a'), long);
    const gone = make('.new-b.999999999-1.abcdef01', long);
    const young = make('.gone-c.999999999-1.abcdef01', new Date());
    expect(await bench.executor.listRuns()).not.toContain(gone);
    expect(
      readdirSync(runs)
        .filter((name) => name.startsWith('.'))
        .sort(),
    ).toEqual([ours, young].sort());
    for (const name of [ours, young]) rmdirSync(path.join(runs, name));
  });
});

describe('what a run leaves behind', () => {
  it('is given where it is a plain file, and by no link', async () => {
    const order = orderOf('litter');
    await bench.executor.start(order);
    await follow(bench, order.attemptId);
    expect(await bench.executor.listFiles(order.attemptId)).toEqual([{ name: 'plain', bytes: 5 }]);
    expect(String(await buffer(await bench.executor.readFile(order.attemptId, 'plain')))).toBe('plain');
    for (const name of ['link', 'folder/passwd', 'inside', 'pipe']) {
      await expect(bench.executor.readFile(order.attemptId, name), name).rejects.toMatchObject({ code: 'not_found' });
    }
  });
});
