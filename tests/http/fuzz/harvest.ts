import type { TestCaller, TestServer } from '@tests/support/http';
import { fillAccount, type SampleRows } from '@tests/support/sample-account';

/** What answers of the running product contained: without it honest requests would be refused as often as hostile ones. */
export type Harvest = {
  /** Values by the name of the parameter or field that takes them. */
  readonly values: Readonly<Record<string, readonly string[]>>;
  /** Whole queries of second pages: a cursor belongs to the parameters of its first page. */
  readonly pages: readonly (readonly [string, string][])[];
};

const PASSWORD_USER = 'with-password@example.test';
const PASSWORD = 'correct horse battery staple';
const FIRST_PAGES = [
  'limit=1',
  'limit=3',
  'limit=1&origin=any',
  'limit=1&period=year',
  'limit=2&start_date=2024-01-01',
];

/** Who sends the requests, what that account has, and what another one has. */
export type FuzzAccounts = {
  readonly caller: TestCaller;
  readonly other: TestCaller;
  readonly own: SampleRows;
  readonly foreign: SampleRows;
};

export async function makeAccounts(server: TestServer): Promise<FuzzAccounts> {
  const [caller, other] = [await server.createUser(), await server.createUser()];
  await server.identity.embedded?.accounts.create({ email: PASSWORD_USER, password: PASSWORD });
  const own = await fillAccount(server.db.admin, caller.userId);
  return { caller, other, own, foreign: await fillAccount(server.db.admin, other.userId) };
}

/** Values for one operation's requests. */
export async function harvestFor(server: TestServer, accounts: FuzzAccounts, path: string): Promise<Harvest> {
  const noun = path.split('/')[2];
  if (noun === 'auth') return harvestForAuth(server, accounts);
  const { caller, own, foreign } = accounts;
  const read = async (from: string) =>
    (await server.json<{ data?: Record<string, unknown> }>(from, { caller })).body?.data;
  const [mine, theirs] =
    noun === 'notifications' ? [own.notifications, foreign.notifications] : [jobsOf(own), jobsOf(foreign)];
  const id = [...mine, ...theirs.slice(0, 10), '00000000-0000-4000-8000-000000000000'];
  const inbox = await read('/api/notifications');
  const place = typeof inbox?.up_to === 'string' ? [inbox.up_to] : [];
  const pages = await Promise.all(FIRST_PAGES.map((query) => secondPage(query, () => read(`${path}?${query}`))));
  return {
    values: { ...OFFERED, id, job_id: own.jobs, dataset_id: own.datasets, up_to: place, after: place },
    pages: pages.filter((page) => page !== null),
  };
}

/** What can be asked for here: of free names next to none would be one that is known. */
const OFFERED = {
  base_model: ['pipeline/tiny-byte-lm'],
  trainer: ['tiny'],
  executor: ['local', 'simulated'],
  provider: ['local'],
  sku: ['this-machine'],
  region: ['any'],
  purchase_option: ['owned'],
};

const jobsOf = ({ jobs, waiting, failed }: SampleRows): string[] => [...jobs, ...waiting, ...failed];

async function secondPage(query: string, read: () => Promise<Record<string, unknown> | undefined>) {
  const cursor = (await read())?.next_cursor;
  if (typeof cursor !== 'string') return null;
  return [...new URLSearchParams(query), ['cursor', cursor] as [string, string]];
}

/** Addresses with and without an account, the right password and a wrong one, and links that were really given out. */
async function harvestForAuth(server: TestServer, { other }: FuzzAccounts): Promise<Harvest> {
  const accounts = server.identity.embedded?.accounts;
  const links = await Promise.all([PASSWORD_USER, other.email].map((email) => accounts?.resetLink(email) ?? ''));
  const token = links.map((link) => link.split('#token=')[1] ?? '');
  const fresh = Array.from({ length: 20 }, (_, i) => `fresh-${i}-${Date.now()}@example.test`);
  const password = [PASSWORD, PASSWORD, 'not the password'];
  return { values: { email: [PASSWORD_USER, PASSWORD_USER, ...fresh], password, token }, pages: [] };
}
