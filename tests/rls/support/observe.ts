import pg from 'pg';
import type { Attempt } from './attempts';
import { claimsOf, type Principal } from './principals';

/** What came of a statement, or the database's own words where it was something that nobody expects. */
export type Outcome =
  | 'Anna and Ben'
  | 'Anna'
  | 'Ben'
  | 'no rows'
  | 'changed'
  | 'copied'
  | 'emptied'
  | 'called'
  | 'denied'
  | 'signed out'
  | 'not under row-level security'
  | 'refused'
  | 'referred to'
  | `${number} rows`
  | `unexpected: ${string}`;

const REFUSALS: Readonly<Record<string, Outcome>> = {
  '42501': 'denied',
  '0A000': 'not under row-level security',
  '23000': 'refused',
};

/** `copy … from stdin` that sends no row: whether it may begin is the question. */
class EmptyCopy extends pg.Query {
  handleCopyInResponse(connection: { endCopyFrom(): void }): void {
    connection.endCopyFrom();
  }
}

async function copyNothing(client: pg.ClientBase, sql: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const copy = new EmptyCopy(sql);
    copy.on('end', () => resolve());
    copy.on('error', reject);
    client.query(copy);
  });
}

async function perform(client: pg.ClientBase, { verb, sql }: Attempt): Promise<Outcome> {
  if (verb === 'copy') {
    await copyNothing(client, sql);
    return 'copied';
  }
  const { rows, rowCount } = await client.query(sql);
  if (verb === 'call') return 'called';
  if (verb === 'truncate') return 'emptied';
  if (verb === 'sweep') return `${rowCount ?? 0} rows`;
  if (verb !== 'select') return (rowCount ?? 0) > 0 ? 'changed' : 'no rows';
  const [seen] = rows as { anna: boolean; ben: boolean }[];
  if (seen?.anna && seen.ben) return 'Anna and Ben';
  return seen?.anna ? 'Anna' : seen?.ben ? 'Ben' : 'no rows';
}

function refusal(error: unknown, { verb }: Attempt, { role }: Principal): Outcome {
  const { code = '', message } = error as { code?: string; message: string };
  if (code === 'PT401' && role === 'authenticated') return 'signed out';
  if (verb === 'call') return code === '42501' ? 'denied' : 'called'; // it was entered, and did not like what it got
  if (verb === 'truncate' && code === '0A000') return 'referred to';
  return REFUSALS[code] ?? `unexpected: ${code} ${message}`;
}

/** What turns the administrator's connection into the principal's, until the savepoint is rolled back. */
function becoming(client: pg.ClientBase, principal: Principal): Promise<unknown>[] {
  if (principal.role === 'administrator') return [];
  const text = `select set_config('request.jwt.claims', $1, true), set_config('request.jwt.claim.sub', $2, true),
    set_config('role', $3, true)`;
  const sent: Promise<unknown>[] = [
    client.query({ name: 'become', text, values: [claimsOf(principal), principal.user ?? '', principal.role] }),
  ];
  if (principal.role === 'authenticated') sent.push(client.query('select private.assert_caller_alive()'));
  return sent;
}

/**
 * Tries a statement as somebody within the running transaction and takes it back. `client` is the administrator's, and
 * sends without waiting for answers: after the first failure the server refuses the rest up to the rollback.
 */
export async function observe(client: pg.ClientBase, principal: Principal, attempt: Attempt): Promise<Outcome> {
  const steps: Promise<unknown>[] = [client.query('savepoint attempt')];
  if (attempt.before) steps.push(client.query(attempt.before));
  steps.push(...becoming(client, principal));
  if (attempt.verb === 'copy') await Promise.allSettled(steps); // nothing may be sent while a copy is on its way
  const performed = perform(client, attempt);
  if (attempt.verb === 'copy') await Promise.allSettled([performed]);
  const undone = client.query('rollback to savepoint attempt; release savepoint attempt');
  const outcomes = await Promise.allSettled([...steps, performed]);
  await undone;
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  return failed ? refusal(failed.reason, attempt, principal) : performed;
}
