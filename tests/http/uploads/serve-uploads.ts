import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestServer, type TestCaller, type TestServer } from '@tests/support/http';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { FileStore } from '@/lib/file-store';
import { createLocalFiles } from '@/storage/local-files';

export const MOST_BYTES = 1_000_000;
export const STORAGE_BYTES = 2_500_000;

/** What the tests of a file share; the account is another one in each test. */
export interface UploadWorld {
  server: TestServer;
  local: FileStore;
  caller: TestCaller;
  /** What the store does in the test at hand. */
  write: FileStore['write'];
  /** How often the store was asked to write in it. */
  writes: number;
}

export interface Answered {
  data?: Record<string, unknown>;
  error?: string;
  details?: string;
}

/** A server whose store is a folder, unless a test says otherwise. */
export function serveUploads(): UploadWorld {
  const world = {} as UploadWorld;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'pipeline-uploads-'));
    world.local = createLocalFiles(folder);
    const files: FileStore = {
      ...world.local,
      write(key, content) {
        world.writes += 1;
        return world.write(key, content);
      },
    };
    world.server = await startTestServer({ files, limits: { uploadBytes: MOST_BYTES, storageBytes: STORAGE_BYTES } });
  });
  beforeEach(async () => {
    world.write = world.local.write;
    world.writes = 0;
    world.caller = await world.server.createUser();
  });
  afterAll(async () => {
    await world.server.close();
    await rm(folder, { recursive: true, force: true });
  });
  return world;
}

export const ROW = '{"prompt":"a","completion":"b"}\n';
export const uniqueRow = () => `{"prompt":"${randomUUID()}","completion":"b"}\n`;

export function formOf(content: string, fields: Record<string, string> = {}, fileName = 'train.jsonl'): FormData {
  const form = new FormData();
  form.set('file', new Blob([content]), fileName);
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return form;
}

export const post = ({ server, caller }: UploadWorld, form: FormData, as = caller) =>
  server.json<Answered>('/api/datasets', { method: 'POST', form, caller: as });

/** What an account has in the database, and what lies in the store of it or on its way in. */
export async function leftOf({ server, local, caller }: UploadWorld): Promise<{ rows: number; files: string[] }> {
  const { rows } = await server.db.admin.query('select id from lora_datasets where user_id = $1', [caller.userId]);
  const ids = new Set(rows.map((row) => row.id));
  const files: string[] = [];
  for await (const { key } of local.list('datasets/')) if (ids.has(key.split('/')[1])) files.push(key);
  for await (const { key } of local.list('incoming/')) files.push(key);
  return { rows: rows.length, files };
}

export const NOTHING = { rows: 0, files: [] };

export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await isTrue()) return;
    await sleep(25);
  }
  throw new Error('it never became true');
}

export const BOUNDARY = 'border';
export const head = (name: string, file: string | null = null) =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file === null ? '' : `; filename="${file}"`}\r\n\r\n`;

/** A request as bytes. */
export function raw(
  { server, caller }: UploadWorld,
  body: string | Buffer,
  framing: string[],
  credential: string | null = caller.bearer,
): Buffer {
  const lines = [
    'POST /api/datasets HTTP/1.1',
    `Host: ${new URL(server.url).host}`,
    ...(credential === null ? [] : [`Authorization: ${credential}`]),
    ...framing,
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), Buffer.from(body as string)]);
}

export const FORM_TYPE = `Content-Type: multipart/form-data; boundary=${BOUNDARY}`;
export const whole = (world: UploadWorld, body: string, ...more: string[]) =>
  raw(world, body, [`Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close', ...more]);
