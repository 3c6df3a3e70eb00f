import type { Cell } from '@/domain/imports/cells';
import { CsvRecord } from '@/domain/imports/csv-record';
import { LONGEST_LINE, type TextLine } from '@/domain/imports/split-lines';
import { badInput } from '@/lib/errors';

/** A record of a file: its cells by the file's own column names, or what is wrong with it. */
export interface FileRecord {
  /** The line on which it starts. */
  readonly line: number;
  readonly fault: string | null;
  readonly cellOf: (theirs: string) => Cell;
}

/** Hears the names of the columns once, before the first record is given. */
export type OnHeader = (header: readonly string[]) => void;

const NO_CELL = (): Cell => undefined;

/**
 * The records of a CSV file with a header; blank lines are passed over. Gives the records of a piece together.
 *
 * @throws PipelineError `bad_input` where there is no usable header, or a quoted value never ends.
 */
export async function* readCsv(pieces: AsyncIterable<TextLine[]>, onHeader: OnHeader): AsyncGenerator<FileRecord[]> {
  let header: Header | null = null;
  let open: { record: CsvRecord; line: number } | null = null;
  for await (const lines of pieces) {
    const records: FileRecord[] = [];
    for (const { number, text } of lines) {
      if (open === null && text !== null && text.trim() === '') continue;
      if (open !== null && text === null) throw endlessQuote(open.line);
      open ??= { record: new CsvRecord(), line: number };
      const { record, line } = open;
      const whole = text === null || record.feed(text);
      if (record.length > LONGEST_LINE) throw endlessQuote(line);
      if (!whole) continue;
      open = null;
      const fault = text === null ? 'the line is longer than a megabyte' : record.fault;
      if (header === null) {
        header = readHeader(record, fault);
        onHeader(header.names);
      } else {
        records.push(toRecord(line, record, fault, header));
      }
    }
    if (records.length > 0) yield records;
  }
  if (open !== null) throw endlessQuote(open.line);
  if (header === null) throw badInput('The file is empty: its first line must name the columns.');
}

interface Header {
  readonly names: readonly string[];
  readonly indexOf: ReadonlyMap<string, number>;
}

function readHeader(record: CsvRecord, fault: string | null): Header {
  if (fault !== null) throw badInput(`The first line does not name columns: ${fault}.`);
  const names = record.fields.map((field) => field.trim());
  if (names.length === 1 && /[;\t|\r]/.test(names[0] ?? '')) {
    throw badInput('The first line has one column only: columns are separated by commas, lines by line feeds.');
  }
  return { names, indexOf: new Map(names.map((name, index) => [name, index])) };
}

function toRecord(line: number, { fields }: CsvRecord, fault: string | null, { names, indexOf }: Header): FileRecord {
  if (fault !== null) return { line, fault, cellOf: NO_CELL };
  if (fields.length !== names.length) {
    return {
      line,
      fault: `it has ${fields.length} values, the first line names ${names.length} columns`,
      cellOf: NO_CELL,
    };
  }
  return { line, fault: null, cellOf: (theirs) => fields[indexOf.get(theirs) ?? -1] };
}

const endlessQuote = (line: number) =>
  badInput(`Line ${line} opens a quote that is not closed: everything after it would belong to one value. Close it.`);
