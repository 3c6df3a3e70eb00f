import pg from 'pg';

const DATE = 1082;

/** A `date` stays the text `YYYY-MM-DD`: as a JavaScript Date it would move with the process's time zone. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === DATE ? (text: string) => text : pg.types.getTypeParser(oid, format as 'text'),
};

export interface PoolOptions {
  readonly url: string;
  /** The most connections that are open at once. */
  readonly size: number;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  /** Called when an idle connection breaks, as when the database stops. */
  readonly onIdleError: (error: Error) => void;
}

/** How long a request may wait for a connection before it is told that the database is away, ms. */
const CONNECT_TIMEOUT_MS = 2_000;

/** A pool of connections that keep dates as they are written; made when they are first needed. */
export function createPool(options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.size,
    application_name: options.name,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types,
  });
  // without a listener Node ends the process when the database does
  pool.on('error', options.onIdleError);
  // a borrowed one has no listener of its own, and may break while its transaction thinks: its next statement fails
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
