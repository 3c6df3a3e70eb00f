import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendBurst } from '@/db/burst';
import { createTestDatabase, type TestDatabase } from '../support/database';

let db: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  db = await createTestDatabase();
  await db.admin.query('create table noted (n integer primary key)');
});
afterAll(() => db.drop());

const connect = async () => {
  client = new pg.Client(db.adminUrl);
  await client.connect();
};
beforeAll(connect);
afterAll(() => client.end());

const plain = (sql: string, ...parameters: unknown[]) => ({ sql, parameters });
const send = (...statements: ReturnType<typeof plain>[]) => sendBurst(client, statements, 5_000);

describe('a burst', () => {
  it('gives the rows of each statement, the same every time', async () => {
    const statements = [
      plain('select $1::int as a, $2::text as b', 1, 'x'),
      plain('select i from generate_series(1, 3) i'),
      plain('select where false'),
      plain("set local application_name = 'x'"),
    ];
    for (let again = 0; again < 3; again += 1) {
      expect(await send(...statements)).toEqual([[{ a: 1, b: 'x' }], [{ i: 1 }, { i: 2 }, { i: 3 }], [], []]);
    }
  });

  it('sends parameters as the driver itself does', async () => {
    const values = [
      ['text', 'plain'],
      ['text', null],
      ['text', undefined],
      ['int', 7],
      ['boolean', true],
      ['timestamptz', new Date('2026-03-29T00:30:00.123Z')],
      ['bytea', Buffer.from([0, 1, 255])],
      ['jsonb', { a: [1, 'two', null] }],
      ['text[]', ['a', 'b"c', 'd\\e', 'NULL', null, '', '{,}']],
      ['int[]', [1, -2, null]],
      ['int[]', []],
      [
        'int[][]',
        [
          [1, 2],
          [3, 4],
        ],
      ],
      ['boolean[]', [true, false]],
      ['timestamptz[]', [new Date(0)]],
      ['bytea[]', [Buffer.from([92, 34])]],
      ['jsonb[]', [{ quote: '"' }]],
    ] as const;
    for (const [type, value] of values) {
      const statement = `select $1::${type}::text as text`;
      const { rows } = await client.query(statement, [value]);
      expect(await send(plain(statement, value))).toEqual([rows]);
    }
  });

  it('skips what follows a refused statement, and the connection goes on', async () => {
    const refused = send(
      plain('begin'),
      plain('insert into noted values (1)'),
      plain('select 1 / $1::int', 0),
      plain('insert into noted values (2)'),
      plain('commit'),
    );
    await expect(refused).rejects.toMatchObject({ code: '22012' });
    await send(plain('rollback'));
    expect(await send(plain('select n from noted'))).toEqual([[]]);
  });

  it('prepares again what a refused burst may have prepared', async () => {
    const fresh = plain('select 1 / $1::int as quotient', 0);
    const after = plain('select 5 as five');
    await expect(send(fresh, after)).rejects.toMatchObject({ code: '22012' });
    expect(await send({ ...fresh, parameters: [1] }, after)).toEqual([[{ quotient: 1 }], [{ five: 5 }]]);
  });

  it('is over when the answer takes too long', async () => {
    await expect(sendBurst(client, [plain('select pg_sleep(5)')], 100)).rejects.toThrow('Query read timeout');
    await client.end();
    await connect();
  });
});

describe('a session', () => {
  it('leaves no transaction behind on its connection when a statement is refused', async () => {
    const caller = await db.createUser();
    const user = db.database.asUser(caller);
    const bad = { sql: 'select 1 / $1::int', parameters: [0], query: {} as never, queryId: { queryId: 'x' } };
    for (let i = 0; i < 30; i += 1) await expect(user.read(bad)).rejects.toMatchObject({ code: '22012' });
    const { rows } = await db.admin.query(
      "select count(*)::int as n from pg_stat_activity where datname = $1 and state like 'idle in transaction%'",
      [db.name],
    );
    expect(rows).toEqual([{ n: 0 }]);
  });
});
