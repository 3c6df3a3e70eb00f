import { describe, expect, test } from 'vitest';
import { formOf, leftOf, MOST_BYTES, NOTHING, post, ROW, serveUploads, uniqueRow } from './serve-uploads';

const world = serveUploads();

describe('an upload', () => {
  test('becomes a dataset that waits for its validation, with its item in the queue', async () => {
    const { status, body } = await post(
      world,
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
    const { rows } = await world.server.db.admin.query(
      "select data from pgboss.job where name = 'validate-dataset' and data ->> 'id' = $1",
      [body.data?.id],
    );
    expect(rows).toHaveLength(1);
    const stored = await world.local.read(`datasets/${body.data?.id}/data`);
    expect(Buffer.concat(await stored.toArray()).toString()).toBe(ROW);
  });

  test('may send its fields before or behind the file, and none at all', async () => {
    const before = new FormData();
    before.set('name', 'before');
    before.set('file', new Blob([uniqueRow()]), 'x.jsonl');
    expect((await post(world, before)).body.data).toMatchObject({
      name: 'before',
      tokenizer: 'o200k_base',
      validation_share: 0.1,
    });
    expect((await post(world, formOf(uniqueRow(), { name: 'behind' }))).body.data).toMatchObject({ name: 'behind' });
    expect((await post(world, formOf(uniqueRow(), {}, 'rows.jsonl.gz'))).body.data).toMatchObject({ name: 'rows' });
  });

  test.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\files\\train set.jsonl', 'train set.jsonl'],
    ['a\u202eb\u0007c.jsonl', 'abc.jsonl'],
    [`${'x'.repeat(400)}.jsonl`, 'x'.repeat(255)],
    ['数据.jsonl', '数据.jsonl'],
  ])('named %j is never a path, and is shown as %j', async (fileName, shown) => {
    const { status, body } = await post(world, formOf(uniqueRow(), {}, fileName));
    expect({ status, shown: body.data?.file_name }).toEqual({ status: 201, shown });
    expect(await world.local.size(`datasets/${body.data?.id}/data`)).toBeGreaterThan(0);
  });

  test('of what is there already answers that, and the second copy goes', async () => {
    const first = await post(world, formOf(ROW));
    const again = await post(world, formOf(ROW, { name: 'another name' }, 'other.jsonl'));
    expect(again.body.data).toMatchObject({ id: first.body.data?.id, name: 'train', already_there: true });
    const other = await post(world, formOf(ROW, { tokenizer: 'llama3' }));
    expect(other.body.data).toMatchObject({ already_there: false });
    const berta = await world.server.createUser();
    expect((await post(world, formOf(ROW), berta)).body.data).toMatchObject({ already_there: false });
    const left = await leftOf(world);
    expect(left.rows).toBe(2);
    expect(left.files).toHaveLength(2);
  });

  test('of the same content many times at once makes one dataset', async () => {
    const content = uniqueRow();
    const answers = await Promise.all(Array.from({ length: 6 }, () => post(world, formOf(content))));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(201));
    expect(new Set(answers.map(({ body }) => body.data?.id)).size).toBe(1);
    expect(answers.filter(({ body }) => body.data?.already_there === false)).toHaveLength(1);
    const left = await leftOf(world);
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
    expect(await post(world, form())).toMatchObject({ status, body: { details: expect.stringMatching(sentence) } });
    expect(await leftOf(world)).toEqual(NOTHING);
  });

  test.each(forms.slice(5, 14))(
    '%s, which is found before the file is read where it stands before it',
    async (_name, form, status, sentence) => {
      const turned = new FormData();
      for (const [name, value] of [...form()].reverse()) turned.append(name, value);
      expect(await post(world, turned)).toMatchObject({ status, body: { details: expect.stringMatching(sentence) } });
      expect(world.writes).toBe(0);
    },
  );

  test('a field given twice', async () => {
    const form = formOf(ROW);
    form.append('name', 'a');
    form.append('name', 'b');
    expect(await post(world, form)).toMatchObject({
      status: 400,
      body: { details: expect.stringMatching(/"name" twice/) },
    });
    expect(await leftOf(world)).toEqual(NOTHING);
  });

  test('a file of exactly the limit is taken', async () => {
    expect((await post(world, formOf('x'.repeat(MOST_BYTES)))).status).toBe(201);
  });
});
