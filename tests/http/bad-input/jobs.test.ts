import { afterEach, describe, test } from 'vitest';
import { expectRefusal, LONG, serveAccount } from './account';

const { caller, rows, send, get, server } = serveAccount();

/** A body with a good dataset, but for the fields given as JSON. */
const body = (fields: string) =>
  fields.includes('"dataset_id"')
    ? `{${fields}}`
    : `{"dataset_id":"${rows().datasets[0]}"${fields === '' ? '' : `,${fields}`}}`;

const number = (name: string, least: number, most: number): string[] =>
  ['"1"', 'null', 'true', '[]', '{}', String(least > 1e-6 ? least - 1 : -1), String(most + 1), '-0.5', '1e300'].map(
    (value) => `"${name}":${value}`,
  );
const text = (name: string): string[] => ['1', 'null', '""', '{}', `"${LONG}"`].map((value) => `"${name}":${value}`);
const inside = (fields: readonly string[]) => fields.map((field) => `"hyperparameters":{${field}}`);

const FIELDS: readonly [name: string, bad: readonly string[]][] = [
  ['dataset_id', ['"dataset_id":1', '"dataset_id":null', '"dataset_id":"x"', '"dataset_id":""', '"dataset_id":[]']],
  ['name', [...text('name'), '"name":"   "', `"name":"${'x'.repeat(201)}"`]],
  ['base_model', text('base_model')],
  ['preset', ['"preset":"quick"', '"preset":1', '"preset":null', '"preset":"Balanced"']],
  ['trainer', [...text('trainer'), '"trainer":"../../bin/sh"', '"trainer":"tiny; rm -rf /"']],
  ['executor', [...text('executor'), '"executor":"moon"']],
  ['provider', [...text('provider'), '"provider":"nobody"']],
  ['sku', [...text('sku'), '"sku":"nothing"']],
  ['gpu_count', [...number('gpu_count', 1, 64), '"gpu_count":1.5']],
  ['max_runtime_minutes', [...number('max_runtime_minutes', 1, 43_200), '"max_runtime_minutes":1.5']],
  [
    'tags',
    [
      '"tags":1',
      '"tags":null',
      '"tags":[]',
      '"tags":"team:vision"',
      '"tags":{"team":1}',
      '"tags":{"team":null}',
      '"tags":{"":"x"}',
      `"tags":{"${'k'.repeat(65)}":"x"}`,
      `"tags":{"team":"${'v'.repeat(201)}"}`,
      `"tags":{${Array.from({ length: 21 }, (_, i) => `"k${i}":"v"`).join(',')}}`,
    ],
  ],
  ['hyperparameters', ['"hyperparameters":1', '"hyperparameters":null', '"hyperparameters":[]']],
  ['learning_rate', inside(number('learning_rate', 1e-7, 1))],
  ['per_device_train_batch_size', inside(number('per_device_train_batch_size', 1, 512))],
  ['gradient_accumulation_steps', inside(number('gradient_accumulation_steps', 1, 1024))],
  ['num_train_epochs', inside(number('num_train_epochs', 1, 100))],
  ['r', inside(number('r', 1, 512))],
  ['lora_alpha', inside(number('lora_alpha', 1, 1024))],
  ['lora_dropout', inside(number('lora_dropout', 0, 0.9))],
  ['warmup_ratio', inside(number('warmup_ratio', 0, 0.5))],
  ['weight_decay', inside(number('weight_decay', 0, 1))],
  ['max_length', inside(number('max_length', 8, 131_072))],
  ['packing', inside(['"packing":1', '"packing":"true"', '"packing":null'])],
  ['eval_steps', inside(number('eval_steps', 1, 1_000_000))],
  ['save_steps', inside(number('save_steps', 1, 1_000_000))],
  ['seed', inside(number('seed', 0, 2 ** 31 - 1))],
];

describe.each(['/api/jobs', '/api/jobs/estimate'])('POST %s', (address) => {
  // the estimate knows no name and no tags: there they are unknown fields
  test.each(FIELDS)('%s', async (name, bad) => {
    for (const field of bad) expectRefusal(await send('POST', address, body(field)), 400, new RegExp(`\\b${name}\\b`));
  });

  test('without a dataset', async () => {
    expectRefusal(await send('POST', address, '{}'), 400, /^dataset_id: /);
    expectRefusal(await send('POST', address, null), 400, /^dataset_id: /);
  });

  test.each(['cost', 'price', 'price_id', 'unit_price', 'estimate', 'currency', 'user_id', 'status', 'total_steps'])(
    'what the caller thinks of %s is refused as an unknown field',
    async (name) => {
      expectRefusal(await send('POST', address, body(`"${name}":"0.01"`)), 400, new RegExp(`"${name}"`));
      const within = await send('POST', address, body(`"hyperparameters":{"${name}":1}`));
      expectRefusal(within, 400, new RegExp(`hyperparameters.*"${name}"`));
    },
  );
});

test.each([' ', 'x'.repeat(201), 'cl\u00e9', 'a\tb'])('the Idempotency-Key %.20j is refused', async (key) => {
  expectRefusal(await send('POST', '/api/jobs', body(''), { 'idempotency-key': key }), 400, /Idempotency-Key/);
});

describe('GET /api/jobs', () => {
  test.each([
    ['status=', /^status/],
    ['status=done', /^status/],
    ['status=queued,', /^status/],
    ['status=queued;failed', /^status/],
    ['dataset_id=1', /^dataset_id/],
    ['base_model=', /^base_model/],
    ['tag=team', /^tag/],
    ['tag=:x', /^tag/],
    [`tag=a:${'x'.repeat(300)}`, /^tag/],
    ['limit=0', /^limit/],
  ])('?%.40s', async (query, sentence) => {
    expectRefusal(await get(`/api/jobs?${query}`), 400, sentence);
  });
});

describe('GET /api/jobs/{id}/…', () => {
  test.each([
    ['metrics?points=9', /^points/],
    ['metrics?points=x', /^points/],
    ['metrics?points=99999999999', /^points/],
    ['logs?order=up', /^order/],
    ['logs?stream=stdin', /^stream/],
    ['logs?limit=0', /^limit/],
    ['logs?cursor=x', /cursor/],
  ])('%s', async (query, sentence) => {
    expectRefusal(await get(`/api/jobs/${rows().failed[0]}/${query}`), 400, sentence);
  });
});

describe('a job that cannot be', () => {
  afterEach(() =>
    server().db.admin.query(`update lora_datasets set status = 'ready' where user_id = $1`, [caller().userId]),
  );

  test('cancelled, because it has ended: 409', async () => {
    expectRefusal(await send('POST', `/api/jobs/${rows().failed[0]}/cancel`, null), 409, /it is failed/);
  });

  test('repeated, because it has not ended: 409', async () => {
    expectRefusal(await send('POST', `/api/jobs/${rows().waiting[0]}/retry`, null), 409, /it is queued/);
  });

  test.each(['uploading', 'validating', 'invalid'])('started, because its dataset is %s: 409', async (status) => {
    await server().db.admin.query('update lora_datasets set status = $2 where user_id = $1', [caller().userId, status]);
    expectRefusal(await send('POST', '/api/jobs', body('')), 409, /dataset/);
  });

  test.each(['', '/metrics', '/logs'])('read at GET /api/jobs/x%s, because that is no id: 400', async (rest) => {
    expectRefusal(await get(`/api/jobs/x${rest}`), 400, /^id: /);
  });
});
