import { createHash, hash } from 'node:crypto';
import type { SystemCtx } from '@/domain/context';
import { LineFault } from '@/domain/imports/line-fault';
import { type StagedLine, stageBatch } from '@/domain/imports/line-store';
import { type ColumnPlan, matchHeader, planColumns } from '@/domain/imports/plan-columns';
import { ProblemList } from '@/domain/imports/problem-list';
import type { FileRecord } from '@/domain/imports/read-csv';
import { readLine } from '@/domain/imports/read-line';
import { readRecords } from '@/domain/imports/read-records';
import { type Bytes, readText } from '@/domain/imports/read-text';
import type { ParsedRequest } from '@/domain/imports/schema';
import { badInput } from '@/lib/errors';

/** What reading a whole file came to. */
export interface Staging {
  /** Lines that hold something, good or bad, without the header. */
  readonly lines: number;
  readonly problems: ProblemList;
  /** The file's columns that are not used; of JSON Lines the first ones. */
  readonly ignoredColumns: readonly string[];
  /** SHA-256 of all lines as they were understood. */
  readonly fingerprint: Buffer;
}

const LINES_OF_A_BATCH = 1_000;
/** Names of accounts and columns that are remembered, so that a file without end of them takes no memory. */
const MOST_REMEMBERED = 10_000;

/** Reads a file to its end and stages every line that is good in itself, in batches. */
export async function stageLines(
  ctx: SystemCtx,
  importId: string,
  request: ParsedRequest,
  bytes: Bytes,
  onLines: (lines: number) => void,
): Promise<Staging> {
  const plan = planColumns(request);
  const columns = new ColumnWatch(plan);
  const staging = new Stage(ctx, importId, request);
  const records = readRecords({
    text: readText(bytes),
    fileName: request.fileName,
    format: request.format,
    onHeader: (header) => columns.header(header),
    onNames: (names) => columns.names(names),
  });
  for await (const batch of records) {
    for (const record of batch) {
      if (staging.take(plan, record)) await staging.flush();
    }
    onLines(staging.lines);
  }
  await staging.end();
  return {
    lines: staging.lines,
    problems: staging.problems,
    ignoredColumns: columns.ignored(),
    fingerprint: staging.fingerprint(),
  };
}

/** Collects good lines and sends them, one batch under way while the next is read. */
class Stage {
  lines = 0;
  readonly problems = new ProblemList();
  readonly #ctx: SystemCtx;
  readonly #importId: string;
  readonly #request: ParsedRequest;
  readonly #digest = createHash('sha256');
  readonly #usersSent = new Set<string>();
  #users = new Set<string>();
  #batch: StagedLine[] = [];
  #sending: Promise<unknown> = Promise.resolve();

  constructor(ctx: SystemCtx, importId: string, request: ParsedRequest) {
    this.#ctx = ctx;
    this.#importId = importId;
    this.#request = request;
    this.#digest.update(JSON.stringify([request.kind, request.source, request.bucket]));
  }

  /** Takes a record; gives true when a batch is full. */
  take(plan: ColumnPlan, record: FileRecord): boolean {
    this.lines++;
    try {
      if (record.fault !== null) throw new LineFault(record.fault);
      const line = readLine(plan, this.#request.bucket, record.cellOf);
      const staged = { ...line, line: record.line, hash: hash('sha256', JSON.stringify(line.content), 'hex') };
      this.#digest.update(JSON.stringify([staged.line, staged.externalId, staged.user, staged.hash]));
      if (!this.#usersSent.has(staged.user)) this.#users.add(staged.user);
      return this.#batch.push(staged) >= LINES_OF_A_BATCH;
    } catch (error) {
      if (!(error instanceof LineFault)) throw error;
      this.#digest.update(JSON.stringify([record.line, error.message]));
      this.problems.add({ line: record.line, reason: error.message });
      return false;
    }
  }

  async flush(): Promise<void> {
    await this.#sending;
    if (this.#batch.length === 0) return;
    this.#sending = this.#ctx.session.run(...stageBatch(this.#importId, [...this.#users], this.#batch));
    // a failure is thrown where the promise is awaited; without this it would end the process before
    this.#sending.catch(() => undefined);
    if (this.#usersSent.size > MOST_REMEMBERED) this.#usersSent.clear();
    for (const user of this.#users) this.#usersSent.add(user);
    this.#users = new Set();
    this.#batch = [];
  }

  async end(): Promise<void> {
    await this.flush();
    await this.#sending;
  }

  fingerprint(): Buffer {
    return this.#digest.digest();
  }
}

/** Knows which of the file's columns are used. CSV says at once which it has, JSON Lines only as it goes. */
class ColumnWatch {
  readonly #plan: ColumnPlan;
  readonly #used: ReadonlySet<string>;
  readonly #mappedUnseen: Set<string>;
  readonly #ignored = new Set<string>();

  constructor(plan: ColumnPlan) {
    this.#plan = plan;
    this.#used = new Set(plan.sources.values());
    this.#mappedUnseen = new Set(plan.mapped);
  }

  header(header: readonly string[]): void {
    for (const name of matchHeader(this.#plan, header)) this.#ignored.add(name);
    this.#mappedUnseen.clear();
  }

  names(names: readonly string[]): void {
    for (const name of names) {
      if (this.#mappedUnseen.size > 0) this.#mappedUnseen.delete(name);
      if (!this.#used.has(name) && this.#ignored.size < MOST_REMEMBERED) this.#ignored.add(name);
    }
  }

  /** @throws PipelineError `bad_input` where --map names what no line has. */
  ignored(): string[] {
    const [unseen] = this.#mappedUnseen;
    if (unseen !== undefined)
      throw badInput(`--map ${unseen}=…: no line of the file has the name ${JSON.stringify(unseen)}.`);
    return [...this.#ignored];
  }
}
