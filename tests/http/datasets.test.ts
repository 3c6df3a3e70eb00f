import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestServer, type TestCaller, type TestServer } from '@tests/support/http';
import { exchange } from '@tests/support/raw-http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FileStore, StoreFullError } from '@/lib/file-store';
import { createLocalFiles } from '@/storage/local-files';

const MOST_BYTES = 1_000_000;
const STORAGE_BYTES = 2_500_000;

let folder: string;
let local: FileStore;
/** What the store does in the test at hand. */
let write: FileStore['write'];
let writes: number;
let server: TestServer;
let caller: TestCaller;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pipeline-http-datasets-'));
  local = createLocalFiles(folder);
  const files: FileStore = {
    ...local,
    write(key, content) {
      writes += 1;
      return write(key, content);
    },
  };
  server = await startTestServer({ files, limits: { uploadBytes: MOST_BYTES, storageBytes: STORAGE_BYTES } });
});
beforeEach(async () => {
  write = local.write;
  writes = 0;
  caller = await server.createUser();
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

interface Answered {
  data?: Record<string, unknown>;
  error?: string;
  details?: string;
}

const ROW = '{"prompt":"a","completion":"b"}\n';

function formOf(content: string | Blob, fields: Record<string, string> = {}, fileName = 'train.jsonl'): FormData {
  const form = new FormData();
  form.set('file', typeof content === 'string' ? new Blob([content]) : content, fileName);
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return form;
}

const post = (form: FormData, as = caller) =>
  server.json<Answered>('/api/datasets', { method: 'POST', form, caller: as });
const unique = () => `{"prompt":"${randomUUID()}","completion":"b"}\n`;

/** What an account has in the database, and what lies in the store at all. */
async function leftOf({ userId }: TestCaller): Promise<{ rows: number; files: string[] }> {
  const { rows } = await server.db.admin.query('select id from lora_datasets where user_id = $1', [userId]);
  const ids = new Set(rows.map((row) => row.id));
  const files: string[] = [];
  for (const prefix of ['datasets/', 'incoming/']) {
    for await (const { key } of local.list(prefix)) {
      if (prefix === 'incoming/' || ids.has(key.split('/')[1])) files.push(key);
    }
  }
  return { rows: rows.length, files };
}
const NOTHING = { rows: 0, files: [] };

describe('an upload', () => {
  test('becomes a dataset that waits for its validation, with its item in the queue', async () => {
    const { status, body } = await post(
      formOf(ROW, { name: 'My rows', tokenizer: 'llama3', validation_share: '0.25' }),
    );
    expect(status).toBe(201);
    expect(body.data).toMatchObject({
      name: 'My rows',
      status: 'validating',
      file_name: 'train.jsonl',
      bytes: ROW.length,
      tokenizer: 'llama3',
      validation_share: 0.25,
      already_there: false,
    });
    const { rows } = await server.db.admin.query(
      "select data from pgboss.job where name = 'validate-dataset' and data ->> 'id' = $1",
      [body.data?.id],
    );
    expect(rows).toHaveLength(1);
    const stored = await local.read(`datasets/${body.data?.id}/data`);
    expect(Buffer.concat(await stored.toArray()).toString()).toBe(ROW);
  });

  test('may send its fields before or behind the file, and none at all', async () => {
    const before = new FormData();
    before.set('name', 'before');
    before.set('file', new Blob([unique()]), 'x.jsonl');
    expect((await post(before)).body.data).toMatchObject({
      name: 'before',
      tokenizer: 'o200k_base',
      validation_share: 0.1,
    });
    expect((await post(formOf(unique(), { name: 'behind' }))).body.data).toMatchObject({ name: 'behind' });
    expect((await post(formOf(unique(), {}, 'rows.jsonl.gz'))).body.data).toMatchObject({ name: 'rows' });
  });

  test.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\files\\train set.jsonl', 'train set.jsonl'],
    ['a\u202eb\u0007c.jsonl', 'abc.jsonl'],
    [`${'x'.repeat(400)}.jsonl`, 'x'.repeat(255)],
    ['数据.jsonl', '数据.jsonl'],
  ])('named %j is never a path, and is shown as %j', async (fileName, shown) => {
    const { status, body } = await post(formOf(unique(), {}, fileName));
    expect({ status, shown: body.data?.file_name }).toEqual({ status: 201, shown });
    expect(await local.size(`datasets/${body.data?.id}/data`)).toBeGreaterThan(0);
  });

  test('of what is there already answers that, and the second copy goes', async () => {
    const first = await post(formOf(ROW));
    const again = await post(formOf(ROW, { name: 'another name' }, 'other.jsonl'));
    expect(again.body.data).toMatchObject({ id: first.body.data?.id, name: 'train', already_there: true });
    const other = await post(formOf(ROW, { tokenizer: 'llama3' }));
    expect(other.body.data).toMatchObject({ already_there: false });
    const berta = await server.createUser();
    expect((await post(formOf(ROW), berta)).body.data).toMatchObject({ already_there: false });
    const left = await leftOf(caller);
    expect(left.rows).toBe(2);
    expect(left.files).toHaveLength(2);
  });

  test('of the same content many times at once makes one dataset', async () => {
    const content = unique();
    const answers = await Promise.all(Array.from({ length: 6 }, () => post(formOf(content))));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(201));
    expect(new Set(answers.map(({ body }) => body.data?.id)).size).toBe(1);
    expect(answers.filter(({ body }) => body.data?.already_there === false)).toHaveLength(1);
    const left = await leftOf(caller);
    expect({ rows: left.rows, files: left.files.length }).toEqual({ rows: 1, files: 1 });
  });
});

describe('a form that is wrong is refused with a sentence, and nothing is left', () => {
  const file = () => new Blob([ROW]);
  const forms: [string, () => FormData, number, RegExp][] = [
    ['without a file', () => withFields({ name: 'x' }), 400, /^file: missing, send a file/],
    ['empty', () => new FormData(), 400, /./],
    ['with text for the file', () => withFields({ file: 'text' }), 400, /^file: send it as a file/],
    ['with two files', () => withFiles(['file', 'file']), 400, /more than one file/],
    ['with the file in another field', () => withFiles(['data']), 400, /no field "data" for a file/],
    ['with a field that there is not', () => formOf(ROW, { nam: 'x' }), 400, /no field "nam": did you mean "name"/],
    ['with __proto__', () => formOf(ROW, { ['__proto__']: 'x' }), 400, /no field "__proto__"/],
    [
      'with a tokenizer that there is not',
      () => formOf(ROW, { tokenizer: 'gpt2' }),
      400,
      /^tokenizer: send one of o200k_base/,
    ],
    [
      'with a share above a half',
      () => formOf(ROW, { validation_share: '0.6' }),
      400,
      /^validation_share: send a number from 0 to 0\.5/,
    ],
    ['with a share below 0', () => formOf(ROW, { validation_share: '-0.1' }), 400, /^validation_share/],
    ['with a share that is no number', () => formOf(ROW, { validation_share: 'NaN' }), 400, /^validation_share/],
    ['with a share of many digits', () => formOf(ROW, { validation_share: '0.1234' }), 400, /^validation_share/],
    ['with an empty name', () => formOf(ROW, { name: ' ' }), 400, /^name: send 1 to 200/],
    ['with a long name', () => formOf(ROW, { name: 'x'.repeat(201) }), 400, /^name: send 1 to 200/],
    ['with NUL in a name', () => formOf(ROW, { name: 'x\0' }), 400, /NUL/],
    ['with a field of 5 kB', () => formOf(ROW, { name: 'x'.repeat(5_000) }), 400, /"name": send at most 4096 bytes/],
    ['with a file over the limit', () => formOf('x'.repeat(MOST_BYTES + 1)), 413, /too large: send at most 1 MB/],
    ['with a file far over the limit', () => formOf('x'.repeat(MOST_BYTES * 3)), 413, /too large: send at most 1 MB/],
  ];
  function withFields(fields: Record<string, string>): FormData {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    return form;
  }
  function withFiles(names: string[]): FormData {
    const form = new FormData();
    for (const name of names) form.append(name, file(), 'x.jsonl');
    return form;
  }

  test.each(forms)('%s', async (_name, form, status, sentence) => {
    expect(await post(form())).toMatchObject({ status, body: { details: expect.stringMatching(sentence) } });
    expect(await leftOf(caller)).toEqual(NOTHING);
  });

  test.each(forms.slice(5, 14))(
    '%s, which is found before the file is read where it stands before it',
    async (_name, form, status, sentence) => {
      const turned = new FormData();
      for (const [name, value] of [...form()].reverse()) turned.append(name, value);
      expect(await post(turned)).toMatchObject({ status, body: { details: expect.stringMatching(sentence) } });
      expect(writes).toBe(0);
    },
  );

  test('a field given twice', async () => {
    const form = formOf(ROW);
    form.append('name', 'a');
    form.append('name', 'b');
    expect(await post(form)).toMatchObject({ status: 400, body: { details: expect.stringMatching(/"name" twice/) } });
    expect(await leftOf(caller)).toEqual(NOTHING);
  });

  test('a file of exactly the limit is taken', async () => {
    expect((await post(formOf('x'.repeat(MOST_BYTES)))).status).toBe(201);
  });
});

const BOUNDARY = 'border';
const head = (name: string, file: string | null = null) =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file === null ? '' : `; filename="${file}"`}\r\n\r\n`;

/** A request as bytes. */
function raw(body: string | Buffer, framing: string[], credential: string | null = caller.bearer): Buffer {
  const lines = [
    'POST /api/datasets HTTP/1.1',
    `Host: ${new URL(server.url).host}`,
    ...(credential === null ? [] : [`Authorization: ${credential}`]),
    ...framing,
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), Buffer.from(body as string)]);
}

const FORM_TYPE = `Content-Type: multipart/form-data; boundary=${BOUNDARY}`;
const whole = (body: string, ...more: string[]) =>
  raw(body, [`Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close', ...more]);

describe('bytes that are no form', () => {
  const good = `${head('file', 'x')}${ROW}\r\n--${BOUNDARY}--\r\n`;
  test.each<[string, () => Buffer, number, RegExp]>([
    ['JSON', () => whole('{}', 'Content-Type: application/json'), 415, /send "Content-Type: multipart\/form-data"/],
    ['no type', () => whole('{}'), 415, /must be a form/],
    [
      'a form of names and values',
      () => whole('name=x', 'Content-Type: application/x-www-form-urlencoded'),
      415,
      /must be a form/,
    ],
    ['a form without a boundary', () => whole(good, 'Content-Type: multipart/form-data'), 400, /no boundary/],
    ['a form that is packed', () => whole(good, FORM_TYPE, 'Content-Encoding: gzip'), 415, /Content-Encoding/],
    ['no body', () => whole('', FORM_TYPE), 400, /no body/],
    [
      'another boundary than said',
      () => whole(good.replaceAll(BOUNDARY, 'other'), FORM_TYPE),
      400,
      /malformed|missing/,
    ],
    ['no end', () => whole(`${head('file', 'x')}${ROW}`, FORM_TYPE), 400, /malformed or broke off/],
    ['no end in a field', () => whole(`${head('name')}abc`, FORM_TYPE), 400, /malformed|missing/],
    ['text', () => whole('hello', FORM_TYPE), 400, /malformed|missing/],
    ['a part without a name', () => whole(good.replace('name="file"; ', ''), FORM_TYPE), 400, /no field|missing/],
    [
      '21 fields',
      () => whole(`${Array.from({ length: 21 }, (_, i) => `${head(`f${i}`)}x\r\n`).join('')}${good}`, FORM_TYPE),
      400,
      /too many fields/,
    ],
    [
      'a head of 100 kB',
      () => whole(`--${BOUNDARY}\r\nX: ${'x'.repeat(100_000)}\r\n\r\n\r\n--${BOUNDARY}--\r\n`, FORM_TYPE),
      400,
      /./,
    ],
    [
      '200 kB beside the file',
      () =>
        whole(
          `${good.replace(`--${BOUNDARY}--`, `--${BOUNDARY}`)}X: y\r\n\r\n${'x'.repeat(MOST_BYTES + 200_000)}`,
          FORM_TYPE,
        ),
      413,
      /too large/,
    ],
  ])('%s', async (_name, bytes, status, sentence) => {
    const answer = await exchange(server.url, bytes());
    expect({ status: answer.status, details: JSON.parse(answer.body).details }).toEqual({
      status,
      details: expect.stringMatching(sentence),
    });
    expect(await leftOf(caller)).toEqual(NOTHING);
  });

  test('the same bytes with everything right are taken', async () => {
    expect((await exchange(server.url, whole(good, FORM_TYPE))).status).toBe(201);
  });

  test('an upload without a credential is refused before its body is read', async () => {
    const answer = await exchange(
      server.url,
      raw(head('file', 'x'), [FORM_TYPE, 'Content-Length: 500000', 'Connection: close'], null),
      { timeoutMs: 8_000 },
    );
    expect(answer.status).toBe(401);
    expect(writes).toBe(0);
  });

  test('an upload that breaks off leaves nothing', async () => {
    const socket = net.connect(Number(new URL(server.url).port), '127.0.0.1').on('error', () => undefined);
    socket.write(raw(head('file', 'x') + ROW.repeat(1_000), [FORM_TYPE, 'Content-Length: 900000']));
    await until(() => writes === 1);
    expect((await leftOf(caller)).rows).toBe(1);
    socket.destroy();
    await until(async () => (await leftOf(caller)).rows === 0);
    expect(await leftOf(caller)).toEqual(NOTHING);
  });

  test('a connection whose upload was refused early carries the next request', async () => {
    const answer = await exchange(
      server.url,
      Buffer.concat([
        raw(good, [`Content-Length: ${good.length}`, 'Content-Type: text/plain']),
        raw(good, [`Content-Length: ${good.length}`, FORM_TYPE, 'Connection: close']),
      ]),
    );
    expect(answer.status).toBe(415);
    expect(await leftOf(caller)).toMatchObject({ rows: 1 });
  });
});

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await isTrue()) return;
    await sleep(25);
  }
  throw new Error('it never became true');
}

describe('room', () => {
  test('a full disk is 503 with a sentence, and nothing is left', async () => {
    write = async (_key, content) => {
      for await (const _ of content) throw new StoreFullError('the disk is full');
      throw new Error('no content');
    };
    const { status, body, headers } = await post(formOf(ROW));
    expect({ status, details: body.details }).toEqual({
      status: 503,
      details: expect.stringContaining('no room left for files'),
    });
    expect(headers.get('retry-after')).toBe('60');
    expect(await leftOf(caller)).toEqual(NOTHING);
  });

  test('an account that has used its share is told so with 409', async () => {
    for (let i = 0; i < 2; i++) expect((await post(formOf(`${i}${'x'.repeat(MOST_BYTES - 1)}`))).status).toBe(201);
    // by what is announced
    const announced = await post(formOf('y'.repeat(MOST_BYTES)));
    expect(announced).toMatchObject({
      status: 409,
      body: { details: expect.stringMatching(/take 2 MB of 2\.5 MB/) },
    });
    expect(writes).toBe(2);
    // by what comes, where nothing is announced
    const body = `${head('file', 'x')}${'y'.repeat(MOST_BYTES - 1)}\r\n--${BOUNDARY}--\r\n`;
    const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const came = await exchange(
      server.url,
      raw(chunked, [FORM_TYPE, 'Transfer-Encoding: chunked', 'Connection: close']),
    );
    expect(came.status).toBe(409);
    expect(writes).toBe(3);
    const left = await leftOf(caller);
    expect({ rows: left.rows, files: left.files.length }).toEqual({ rows: 2, files: 2 });
    // others have room, and so has this one for what fits
    expect((await post(formOf('z'.repeat(400_000)))).status).toBe(201);
    expect((await post(formOf('y'.repeat(MOST_BYTES)), await server.createUser())).status).toBe(201);
  });

  test('two uploads at once that fit alone and not together: one is refused', async () => {
    expect((await post(formOf('x'.repeat(MOST_BYTES)))).status).toBe(201);
    const both = await Promise.all(['y', 'z'].map((c) => post(formOf(c.repeat(MOST_BYTES)))));
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect((await leftOf(caller)).rows).toBe(2);
  });

  test('the ninth upload at once is refused', async () => {
    const gate = Promise.withResolvers<void>();
    write = async (key, content) => {
      await gate.promise;
      return local.write(key, content);
    };
    const eight = Array.from({ length: 8 }, () => post(formOf(unique())));
    await until(() => writes === 8);
    expect(await post(formOf(unique()))).toMatchObject({
      status: 409,
      body: { details: expect.stringContaining('8 uploads') },
    });
    gate.resolve();
    expect((await Promise.all(eight)).map(({ status }) => status)).toEqual(Array(8).fill(201));
    expect((await post(formOf(unique()))).status).toBe(201);
  });
});

describe('what is there', () => {
  const add = async (as = caller) => String((await post(formOf(unique()), as)).body.data?.id);
  const get = (at: string, as = caller) => server.json<Answered>(at, { caller: as });

  test('is listed newest first, page by page, each once', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift(await add());
    const seen: unknown[] = [];
    for (let at = '/api/datasets?limit=2'; ; ) {
      const { datasets, next_cursor } = (await get(at)).body.data as {
        datasets: { id: string }[];
        next_cursor: string | null;
      };
      seen.push(...datasets.map(({ id }) => id));
      if (next_cursor === null) break;
      at = `/api/datasets?limit=2&cursor=${next_cursor}`;
    }
    expect(seen).toEqual(ids);
  });

  test('is filtered by status', async () => {
    const id = await add();
    const found = async (status: string) => (await get(`/api/datasets?status=${status}`)).body.data?.datasets;
    expect(await found('validating')).toEqual([expect.objectContaining({ id })]);
    expect(await found('ready')).toEqual([]);
    expect((await get('/api/datasets?status=gone')).body.details).toContain('status: send one of uploading');
    expect((await get('/api/datasets?cursor=abc')).body.details).toContain('cursor is malformed');
  });

  test('is deleted with its file', async () => {
    const id = await add();
    expect(await server.json(`/api/datasets/${id}`, { method: 'DELETE', caller })).toMatchObject({
      status: 200,
      body: { data: { id } },
    });
    expect((await get(`/api/datasets/${id}`)).status).toBe(404);
    expect((await server.json(`/api/datasets/${id}`, { method: 'DELETE', caller })).status).toBe(404);
    expect(await local.size(`datasets/${id}/data`)).toBeNull();
  });

  test.each(['queued', 'initializing', 'running'])(
    'is kept while a job that is %s needs it, and goes when that has ended',
    async (status) => {
      const id = await add();
      const { rows } = await server.db.admin.query(
        'insert into lora_training_jobs (user_id, name, status, dataset_id) values ($1, $2, $2, $3) returning id',
        [caller.userId, status, id],
      );
      expect(await server.json(`/api/datasets/${id}`, { method: 'DELETE', caller })).toMatchObject({
        status: 409,
        body: { details: expect.stringContaining('1 job that has not ended needs this dataset') },
      });
      expect(await local.size(`datasets/${id}/data`)).toBeGreaterThan(0);
      await server.db.admin.query(
        "update lora_training_jobs set status = 'cancelled', ended_at = now() where id = $1",
        [rows[0].id],
      );
      expect((await server.json(`/api/datasets/${id}`, { method: 'DELETE', caller })).status).toBe(200);
      const jobs = await server.db.admin.query('select dataset_id from lora_training_jobs where id = $1', [rows[0].id]);
      expect(jobs.rows).toEqual([{ dataset_id: null }]);
    },
  );

  test("of another account is 404 to read and to delete, and stays; one's own list does not show it", async () => {
    const [id, berta] = [await add(), await server.createUser()];
    expect((await get(`/api/datasets/${id}`, berta)).status).toBe(404);
    expect((await server.json(`/api/datasets/${id}`, { method: 'DELETE', caller: berta })).status).toBe(404);
    expect((await get('/api/datasets', berta)).body.data?.datasets).toEqual([]);
    expect((await get(`/api/datasets/${id}`)).status).toBe(200);
  });

  test('that is deleted while it is uploaded leaves nothing', async () => {
    const gate = Promise.withResolvers<void>();
    write = async (key, content) => {
      await gate.promise;
      return local.write(key, content);
    };
    const sending = post(formOf(ROW));
    await until(() => writes === 1);
    const { datasets } = (await get('/api/datasets?status=uploading')).body.data as { datasets: { id: string }[] };
    expect((await server.json(`/api/datasets/${datasets[0]?.id}`, { method: 'DELETE', caller })).status).toBe(200);
    gate.resolve();
    expect(await sending).toMatchObject({ status: 409, body: { details: expect.stringContaining('deleted') } });
    expect(await leftOf(caller)).toEqual(NOTHING);
  });
});
