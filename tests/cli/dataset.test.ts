import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createTestDatabase } from '@tests/support/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const db = await createTestDatabase();
let folder: string;
let rows: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pipeline-cli-datasets-'));
  rows = path.join(folder, 'sums.jsonl');
  const lines = Array.from({ length: 50 }, (_, i) => JSON.stringify({ prompt: `${i} + 1`, completion: `${i + 1}` }));
  await writeFile(rows, `${lines.join('\n')}\n{"prompt": 1}\n`);
  await db.createUser('ada@example.test');
});
afterAll(async () => {
  await db.drop();
  await rm(folder, { recursive: true, force: true });
});

interface Outcome {
  code: number;
  out: string;
  err: string;
}

function pipeline(args: string[], env: Record<string, string> = {}, stdin = ''): Promise<Outcome> {
  const child = spawn(process.execPath, [path.resolve('bin/pipeline.mjs'), 'dataset', ...args], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: db.adminUrl,
      PIPELINE_DATA_DIR: folder,
      ...env,
    } as unknown as NodeJS.ProcessEnv,
    stdio: 'pipe',
  });
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (text.out += chunk));
  child.stderr.on('data', (chunk: Buffer) => (text.err += chunk));
  child.stdin.on('error', () => undefined).end(stdin);
  return new Promise((resolve) => child.once('close', (code) => resolve({ code: code ?? -1, ...text })));
}

describe('pipeline dataset', () => {
  it('adds a file for the only account, validates it and says what is in it', async () => {
    const { code, out } = await pipeline(['add', rows, '--tokenizer', 'bytes', '--name', 'Sums']);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^Sums {2}[0-9a-f-]{36}\nReady: 50 rows \(\d+ training, \d+ validation\), \d+ tokens \(bytes\), prompt and completion\n/,
    );
    expect(out).toContain('Rows left out: 1, repeated: 0');
    expect(out).toContain('line 51: "prompt" is no text');
  });

  it('knows the same file again, and gives JSON', async () => {
    const { code, out } = await pipeline(['add', rows, '--tokenizer', 'bytes', '--user', 'Ada@Example.test', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ name: 'Sums', status: 'ready', rows_total: 50, already_there: true });
  });

  it('takes the standard input', async () => {
    const { code, out } = await pipeline(
      ['add', '-', '--name', 'piped', '--json'],
      {},
      '{"text": "a tale"}\n{"text": "two"}\n',
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      name: 'piped',
      format: 'text',
      rows_total: 2,
      file_name: 'standard input',
    });
  });

  it('ends with 1 and the reason where a file cannot be used', async () => {
    const table = path.join(folder, 'table.csv');
    await writeFile(table, 'prompt,completion\n1,2\n');
    const { code, out } = await pipeline(['add', table]);
    expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining('Cannot be used: None of the first rows') });
  });

  it.each([
    [['add', '/no/such/file'], {}, /There is no file/],
    [['add', '.'], {}, /is a folder/],
    [['add', 'ROWS', '--user', 'nobody@example.test'], {}, /There is no account nobody@example.test/],
    [['add', 'ROWS', '--validation-share', '0.9'], {}, /--validation-share: send a number from 0 to 0.5/],
    [
      ['add', 'ROWS', '--tokenizer', 'cl100k_base'],
      { PIPELINE_MAX_UPLOAD_MB: '0.001' },
      /raise PIPELINE_MAX_UPLOAD_MB/,
    ],
    [
      ['add', 'ROWS', '--tokenizer', 'cl100k_base'],
      { PIPELINE_MAX_STORAGE_GB: '0.000001' },
      /so this file does not fit/,
    ],
  ])('%j %j is refused with a sentence', async (args, env, sentence) => {
    const { code, err } = await pipeline(
      args.map((arg) => (arg === 'ROWS' ? rows : arg)),
      env as Record<string, string>,
    );
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(sentence) });
    const { rows: left } = await db.admin.query("select 1 from lora_datasets where status = 'uploading'");
    expect(left).toEqual([]);
  });

  it('lists what there is, newest first', async () => {
    const { out } = await pipeline(['list']);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => line.split(/ {2,}/).at(-1)),
    ).toEqual(['table.csv', 'piped', 'Sums']);
    const { datasets } = JSON.parse((await pipeline(['list', '--json'])).out);
    expect(datasets.map(({ name }: { name: string }) => name)).toEqual(['table.csv', 'piped', 'Sums']);
  });

  it('asks whose it is where there are several accounts', async () => {
    await db.createUser('berta@example.test');
    const { code, err } = await pipeline(['add', rows]);
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('--user EMAIL') });
  });
});
