import { startTestServer, type TestCaller, type TestServer } from '@tests/support/http';
import { fillAccount, type SampleRows } from '@tests/support/sample-account';
import { afterAll, beforeAll, expect } from 'vitest';

export type Refusal = { error: string; details: string };
type Answered = { status: number; body: Refusal };

/** Longer than any honest value. */
export const LONG = 'x'.repeat(10_000);

/**
 * A server and an account with rows for the tests of one file. When they are done, every row of the account has to be
 * as it was: what is refused changes nothing.
 */
export function serveAccount() {
  let server: TestServer;
  let caller: TestCaller;
  let rows: SampleRows;
  let before: unknown;
  beforeAll(async () => {
    server = await startTestServer();
    caller = await server.createUser();
    rows = await fillAccount(server.db.admin, caller.userId, 10);
    before = await everythingStored(server, caller);
  });
  afterAll(async () => {
    expect(await everythingStored(server, caller), 'something that was refused changed something').toEqual(before);
    await server.close();
  });
  const send = async (method: string, path: string, body: BodyInit | null, headers: Record<string, string> = {}) => {
    const type: Record<string, string> = body === null ? {} : { 'content-type': 'application/json' };
    const response = await server.request(path, { method, body, headers: { ...type, ...headers } }, caller);
    return { status: response.status, body: (await response.json()) as Refusal };
  };
  const get = (path: string) => server.json<Refusal>(path, { caller });
  return { server: () => server, caller: () => caller, rows: () => rows, send, get };
}

/** Every row of this account, in every table that has accounts' rows. */
async function everythingStored({ db: { admin } }: TestServer, caller: TestCaller): Promise<unknown> {
  const tables = await admin.query<{ name: string }>(
    "select table_name as name from information_schema.columns where table_schema = 'public' and column_name = 'user_id' order by 1",
  );
  expect(tables.rows.length).toBeGreaterThan(8);
  const stored: [string, string[]][] = [];
  for (const { name } of tables.rows) {
    const found = await admin.query<{ row: string }>(
      `select t::text as row from ${name} t where user_id = $1 order by 1`,
      [caller.userId],
    );
    stored.push([name, found.rows.map(({ row }) => row)]);
  }
  return stored;
}

/** A refusal in our shape, with a sentence that can be read. */
export function expectRefusal({ status, body }: Answered, expected: number, sentence?: RegExp): void {
  expect({ status, ...body }).toEqual({ status: expected, error: expect.any(String), details: expect.any(String) });
  expect(body.details).toMatch(/^\S[\s\S]{10,400}[.…?]$/);
  if (sentence) expect(body.details).toMatch(sentence);
}
