import { type FileRecord, type OnHeader, readCsv } from '@/domain/imports/read-csv';
import { type OnNames, readJsonLines } from '@/domain/imports/read-json-lines';
import { splitLines } from '@/domain/imports/split-lines';
import { badInput } from '@/lib/errors';

export type FileFormat = 'csv' | 'jsonl';

export interface RecordSource {
  readonly text: AsyncIterable<string>;
  readonly fileName: string;
  /** Named by the person at the keyboard; else the name's ending decides, else the first character. */
  readonly format: FileFormat | undefined;
  readonly onHeader: OnHeader;
  readonly onNames: OnNames;
}

/**
 * The records of a CSV or JSON Lines file, those of a piece together.
 *
 * @throws PipelineError `bad_input` where the file as a whole cannot be read.
 */
export async function* readRecords(source: RecordSource): AsyncGenerator<FileRecord[]> {
  const { first, all } = await withFirstCharacter(source.text);
  if (first === '[' && source.format !== 'csv') {
    throw badInput('The file is one JSON list. Write one object per line instead, without brackets and commas around.');
  }
  const format = source.format ?? formatOf(source.fileName) ?? (first === '{' ? 'jsonl' : 'csv');
  const lines = splitLines(all);
  yield* format === 'csv' ? readCsv(lines, source.onHeader) : readJsonLines(lines, source.onNames);
}

function formatOf(fileName: string): FileFormat | undefined {
  const ending = /\.(csv|jsonl|ndjson)(\.gz)?$/i.exec(fileName)?.[1]?.toLowerCase();
  return ending === undefined ? undefined : ending === 'csv' ? 'csv' : 'jsonl';
}

async function withFirstCharacter(text: AsyncIterable<string>): Promise<{ first: string; all: AsyncIterable<string> }> {
  const iterator = text[Symbol.asyncIterator]();
  const read: string[] = [];
  let first = '';
  while (first === '') {
    const next = await iterator.next();
    if (next.done) break;
    read.push(next.value);
    first = next.value.trimStart().slice(0, 1);
  }
  async function* all() {
    try {
      yield* read;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { first, all: all() };
}
