import { type CompiledQuery, Kysely, PostgresDialect, type Transaction } from 'kysely';
import type pg from 'pg';
import { type Statement, sendBurst } from '@/db/burst';
import { isDatabaseAway, translateFailure } from '@/db/failures';
import { createPool } from '@/db/pool';
import type { DB } from '@/db/types';
import type { UserId } from '@/lib/ids';

/** Who is asking, vouched for by a verified credential. Minted in identity/ only. */
export interface Caller {
  readonly userId: UserId;
  readonly email: string | null;
  /** The sign-in behind the credential; the database refuses the caller once it is gone. */
  readonly sessionId: string | null;
  readonly expiresAt: Date;
}

type RowsOf<Q> = Q extends CompiledQuery<infer Row> ? Row[] : never;
type AllRowsOf<Q extends readonly CompiledQuery<unknown>[]> = { -readonly [K in keyof Q]: RowsOf<Q[K]> };

/** Access to the database in one role. */
export interface Session {
  /** Reads in one burst; all statements see one snapshot, so their answers agree with each other. */
  read<const Q extends readonly CompiledQuery<unknown>[]>(...queries: Q): Promise<AllRowsOf<Q>>;
  /**
   * Sends begin, role, the statements and commit in one burst and gives each statement's rows. Each statement sees
   * what was committed when it started; if one fails, none has happened.
   */
  run<const Q extends readonly CompiledQuery<unknown>[]>(...queries: Q): Promise<AllRowsOf<Q>>;
  /** Runs `work` in one transaction that is rolled back when it throws. No network or file access inside. */
  transaction<R>(work: (tx: Transaction<DB>) => Promise<R>): Promise<R>;
}

/** Statements run as `authenticated` with the caller's claims: row-level security shows the caller's rows only. */
export interface UserSession extends Session {
  readonly kind: 'user';
  readonly userId: UserId;
}

/** Statements run as `service_role`. */
export interface ServiceSession extends Session {
  readonly kind: 'service';
}

/** The product's one way to Postgres: two pools, and sessions over them. */
export interface Database {
  asUser(caller: Caller): UserSession;
  /** `timeoutMs`: how long one statement may take; requests keep the default, long work names its own. */
  asService(options?: { timeoutMs?: number }): ServiceSession;
  /** Answers when the database does; throws `unavailable` else. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly appUrl: string;
  readonly workerUrl: string;
  /** Connections of each of the two pools; default 10. */
  readonly poolSize?: number;
  readonly onIdleError?: (error: Error) => void;
}

/** One statement of a request may take this long, ms: a database that is away is told within three seconds. */
const REQUEST_TIMEOUT_MS = 2_500;

/**
 * A process that is stopped in the middle of a transaction keeps its locks, and with them everybody who needs them: after
 * this long without a word from it the server ends its connection, ms.
 */
const IDLE_TIMEOUT_MS = 10_000;

/** What a transaction starts with: parameters only, all of them gone at its end. */
interface Prologue {
  readonly role: 'authenticated' | 'service_role';
  readonly claims: string;
  /** The account in the claims; policies find it here without reading the claims again for each table. */
  readonly account: string;
  readonly timeoutMs: number;
  readonly checksCaller: boolean;
}

const SETTINGS = `select set_config('role', $1, true), set_config('request.jwt.claims', $2, true),
  set_config('request.jwt.claim.sub', $3, true), set_config('statement_timeout', $4, true),
  set_config('timezone', 'UTC', true), set_config('plan_cache_mode', 'force_generic_plan', true),
  set_config('idle_in_transaction_session_timeout', '${IDLE_TIMEOUT_MS}', true)`;
const ALIVE: Statement = { sql: 'select private.assert_caller_alive()', parameters: [] };
const plain = (sql: string): Statement => ({ sql, parameters: [] });

/** The statements that open a transaction: `begin`, then who asks and how long each statement may take. */
function opening(begin: string, { role, claims, account, timeoutMs, checksCaller }: Prologue): Statement[] {
  const settings = { sql: SETTINGS, parameters: [role, claims, account, String(timeoutMs)] };
  return [plain(begin), settings, ...(checksCaller ? [ALIVE] : [])];
}

/** Whether the server said so and the connection lives on; of any other failure its state is unknown. */
const isRefusal = (error: unknown): boolean => (error as { severity?: string }).severity === 'ERROR';

/** Sends a burst and leaves no transaction behind when the server refuses a part of it. */
async function sendOrRollBack(client: pg.PoolClient, statements: Statement[], timeoutMs: number) {
  try {
    return await sendBurst(client, statements, timeoutMs);
  } catch (error) {
    if (isRefusal(error)) await sendBurst(client, [plain('rollback')], timeoutMs);
    throw error;
  }
}

async function burst(
  pool: pg.Pool,
  begin: string,
  prologue: Prologue,
  queries: readonly CompiledQuery<unknown>[],
): Promise<unknown[][]> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    const statements = [...opening(begin, prologue), ...queries, plain('commit')];
    const answers = await sendOrRollBack(client, statements, prologue.timeoutMs);
    return answers.slice(-1 - queries.length, -1);
  } catch (error) {
    if (!isRefusal(error)) broken = error as Error; // so it is not used again
    throw error;
  } finally {
    client.release(broken);
  }
}

async function transact<R>(pool: pg.Pool, prologue: Prologue, work: (tx: Transaction<DB>) => Promise<R>): Promise<R> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    // one connection, lent to Kysely for this transaction; it is given back below
    const query = async (text: string, values?: unknown[]) => {
      if (text !== 'begin') return client.query(text, values);
      await sendOrRollBack(client, opening(text, prologue), prologue.timeoutMs);
      return { command: 'BEGIN', rowCount: null, rows: [] };
    };
    const connection = { query, release: () => undefined };
    const lent = { connect: async () => connection, end: async () => undefined };
    const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool: lent as unknown as pg.Pool }) });
    return await db.transaction().execute(work);
  } catch (error) {
    // not an answer of the server: the connection's state is unknown, so it is not used again
    if (isDatabaseAway(error) && !(error as { severity?: string }).severity) broken = error as Error;
    throw error;
  } finally {
    client.release(broken);
  }
}

function sessionOver(pool: pg.Pool, prologue: Prologue): Session {
  const send = async (begin: string, queries: readonly CompiledQuery<unknown>[]): Promise<never> => {
    try {
      return (await burst(pool, begin, prologue, queries)) as never;
    } catch (error) {
      throw translateFailure(error);
    }
  };
  return {
    read: (...queries) => send('begin isolation level repeatable read read only', queries),
    run: (...queries) => send('begin', queries),
    async transaction(work) {
      try {
        return await transact(pool, prologue, work);
      } catch (error) {
        throw translateFailure(error);
      }
    },
  };
}

/** Claims as row-level security reads them; a verified credential gave them. */
function claimsOf(caller: Caller): string {
  return JSON.stringify({
    sub: caller.userId,
    role: 'authenticated',
    ...(caller.email === null ? {} : { email: caller.email }),
    ...(caller.sessionId === null ? {} : { session_id: caller.sessionId }),
  });
}

/** Opens both pools; connections are made when they are first needed. */
export function openDatabase(options: DatabaseOptions): Database {
  const { poolSize = 10 } = options;
  let closing = false;
  // a server that stops right after us may still say goodbye to a connection that is being closed
  const onIdleError = (error: Error) => (closing ? undefined : options.onIdleError?.(error));
  const app = createPool({ url: options.appUrl, size: poolSize, name: 'pipeline-app', onIdleError });
  const worker = createPool({ url: options.workerUrl, size: poolSize, name: 'pipeline-worker', onIdleError });
  return {
    asUser: (caller) => ({
      kind: 'user',
      userId: caller.userId,
      ...sessionOver(app, {
        role: 'authenticated',
        claims: claimsOf(caller),
        account: caller.userId,
        timeoutMs: REQUEST_TIMEOUT_MS,
        checksCaller: true,
      }),
    }),
    asService: ({ timeoutMs = REQUEST_TIMEOUT_MS } = {}) => ({
      kind: 'service',
      ...sessionOver(worker, {
        role: 'service_role',
        claims: '{"role":"service_role"}',
        account: '',
        timeoutMs,
        checksCaller: false,
      }),
    }),
    async ping() {
      try {
        await worker.query({ text: 'select 1', query_timeout: REQUEST_TIMEOUT_MS } as pg.QueryConfig);
      } catch (error) {
        throw translateFailure(error);
      }
    },
    async close() {
      closing = true;
      await Promise.all([app.end(), worker.end()]);
    },
  };
}
