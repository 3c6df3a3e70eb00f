import { createHash } from 'node:crypto';
import type pg from 'pg';
import { encodeParameter, type WireValue } from '@/db/parameter';

/** A statement of a burst. Its text is prepared once per connection, unless too many different ones were. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

type Row = Record<string, unknown>;

/** Reads one row's texts into an object. */
type RowReader = (texts: readonly (string | null)[]) => Row;

/** A statement with its name on the connections and its parameters as they are sent. */
interface Encoded {
  readonly sql: string;
  readonly name: string;
  readonly values: readonly WireValue[];
}

/** What the connection of the driver offers to a query of one's own; its published types lag behind. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  parse(statement: { name: string; text: string }): void;
  bind(bound: { statement: string; values: readonly WireValue[] }): void;
  describe(what: { type: 'P' }): void;
  execute(): void;
  close(what: { type: 'S'; name: string }): void;
  sync(): void;
}

interface FieldMessage {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
}

/** More than this many different texts are sent unprepared, so that a server's memory stays bounded. */
const MOST_PREPARED = 300;

const names = new Map<string, string>();

/** The name under which a statement's text is prepared once per connection; empty where it is not kept. */
function preparedName(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  if (names.size >= MOST_PREPARED) return '';
  const name = `p${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
  names.set(text, name);
  return name;
}

/** What each connection has prepared, and how the rows of it are read. A statement never changes its columns. */
const prepared = new WeakMap<pg.ClientBase, Map<string, RowReader>>();

function preparedBy(client: pg.ClientBase): Map<string, RowReader> {
  let readers = prepared.get(client);
  if (readers === undefined) {
    readers = new Map();
    prepared.set(client, readers);
  }
  return readers;
}

const NO_COLUMNS: RowReader = () => ({});

function rowReader(client: pg.ClientBase, { fields }: FieldMessage): RowReader {
  const columns = fields.map(({ name, dataTypeID }) => ({ name, parse: client.getTypeParser(dataTypeID, 'text') }));
  return (texts) => {
    const row: Row = {};
    for (let i = 0; i < columns.length; i += 1) {
      const column = columns[i];
      const text = texts[i];
      if (column) row[column.name] = text === null || text === undefined ? null : column.parse(text);
    }
    return row;
  };
}

/**
 * Several statements as one query of the driver: sent in one piece, answered in one piece. One `Sync` stands at the
 * end, so the server skips what follows a failure, and neither side waits or wakes up for each statement.
 */
class Burst implements pg.Submittable {
  readonly answer: Promise<Row[][]>;
  readonly #client: pg.ClientBase;
  readonly #statements: readonly Encoded[];
  readonly #readers: (RowReader | undefined)[] = [];
  readonly #rows: Row[][] = [];
  readonly #settled = Promise.withResolvers<Row[][]>();
  /** Which statement is being answered. */
  #at = 0;

  constructor(client: pg.ClientBase, statements: readonly Statement[]) {
    this.#client = client;
    this.#statements = statements.map(({ sql, parameters }) => ({
      sql,
      name: preparedName(sql),
      values: parameters.map(encodeParameter),
    }));
    this.answer = this.#settled.promise;
  }

  submit(connection: unknown): void {
    const wire = connection as Wire;
    wire.stream.cork();
    try {
      for (const statement of this.#statements) this.#send(wire, statement);
      wire.sync();
    } finally {
      wire.stream.uncork();
    }
  }

  #send(wire: Wire, { sql, name, values }: Encoded): void {
    const reader = name === '' ? undefined : preparedBy(this.#client).get(name);
    this.#readers.push(reader);
    this.#rows.push([]);
    if (reader === undefined) {
      // a burst that failed may have prepared it all the same; closing what is not there is no error
      if (name !== '') wire.close({ type: 'S', name });
      wire.parse({ name, text: sql });
    }
    wire.bind({ statement: name, values });
    if (reader === undefined) wire.describe({ type: 'P' });
    wire.execute();
  }

  handleRowDescription(message: FieldMessage): void {
    this.#readers[this.#at] = rowReader(this.#client, message);
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    const reader = this.#readers[this.#at] ?? NO_COLUMNS;
    this.#rows[this.#at]?.push(reader(fields));
  }

  handleCommandComplete(): void {
    this.#at += 1;
  }

  handleEmptyQuery(): void {
    this.#at += 1;
  }

  handleError(error: unknown): void {
    this.#settled.reject(error);
  }

  handleReadyForQuery(): void {
    const readers = preparedBy(this.#client);
    this.#statements.forEach(({ name }, i) => {
      if (name !== '') readers.set(name, this.#readers[i] ?? NO_COLUMNS);
    });
    this.#settled.resolve(this.#rows);
  }
}

/**
 * Sends statements in one piece and gives each one's rows. They are one transaction at most: where one fails, none of
 * those after it runs.
 *
 * @param timeoutMs how long the answer may take; then the connection is of no use any more
 * @throws DatabaseError of the first statement that fails; an Error without a `severity` where the connection failed
 */
export async function sendBurst(
  client: pg.ClientBase,
  statements: readonly Statement[],
  timeoutMs: number,
): Promise<Row[][]> {
  const burst = new Burst(client, statements);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('Query read timeout')), timeoutMs);
  });
  try {
    client.query(burst);
    return await Promise.race([burst.answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
