import { FileFault } from '@/domain/datasets/file-fault';
import {
  type DatasetFormat,
  type Example,
  FORMAT_LABELS,
  formatOf,
  isFault,
  type RowFault,
  readRow,
} from '@/domain/datasets/formats';
import { type ByteLine, LONGEST_LINE, splitLines } from '@/domain/datasets/split-lines';
import { type Bytes, unpack } from '@/domain/datasets/unpack';

/** A row that holds something, by the number of its line. */
export type ReadRow = {
  readonly line: number;
  /** The line without blanks around it; empty where it is no text. */
  readonly text: string;
  readonly read: Example | RowFault;
};

/** So many rows decide how a file is written. */
const ROWS_TO_DETECT = 100;

const TOO_LONG = `the line is longer than ${LONGEST_LINE / 1024 ** 2} MB`;
const NO_TEXT = 'The file is not text. Send JSON Lines, as it is or packed with gzip.';
const ONE_LIST =
  'The file is one JSON list. Write one object per line instead: `jq -c ".[]" file.json > file.jsonl` does it.';
const SPREAD_OUT =
  'The file spreads JSON over several lines. Write each object on one line: `jq -c . file.json > file.jsonl` does it.';

/**
 * How the rows of a file are written: as most of its first 100. Null where none is of a format that we know. Reads no
 * further than it needs to.
 *
 * @throws FileFault for a file that is no JSON Lines at all
 */
export async function detectFormat(source: Bytes): Promise<DatasetFormat | null> {
  const votes = new Map<DatasetFormat, number>();
  let rows = 0;
  for await (const lines of splitLines(unpack(source))) {
    for (const line of lines) {
      if (isBlank(line)) continue;
      const value = parseLine(line);
      if (rows === 0) refuseOtherJson(line, value);
      const format = 'value' in value ? formatOf(value.value) : null;
      if (format) votes.set(format, (votes.get(format) ?? 0) + 1);
      rows += 1;
      if (rows >= ROWS_TO_DETECT) return mostVoted(votes);
    }
  }
  if (rows === 0) throw new FileFault('The file holds no rows. Write one JSON object per line.');
  return mostVoted(votes);
}

function mostVoted(votes: ReadonlyMap<DatasetFormat, number>): DatasetFormat | null {
  let winner: DatasetFormat | null = null;
  for (const [format, count] of votes) if (winner === null || count > (votes.get(winner) ?? 0)) winner = format;
  return winner;
}

/** What a first line tells about the whole file. */
function refuseOtherJson({ bytes }: ByteLine, parsed: ParsedLine): void {
  const text = bytes === null ? '' : Buffer.from(bytes.subarray(0, 200)).toString('utf8').trim();
  if (text.includes('\0') && !text.startsWith('{')) throw new FileFault(NO_TEXT);
  if (text.startsWith('[')) throw new FileFault(ONE_LIST);
  if ('fault' in parsed && text === '{') throw new FileFault(SPREAD_OUT);
}

/** Every row of a file of a known format, bad ones with their reason; blank lines are passed over. */
export async function* readRows(source: Bytes, format: DatasetFormat): AsyncGenerator<ReadRow[]> {
  for await (const lines of splitLines(unpack(source))) {
    yield lines.filter((line) => !isBlank(line)).map((line) => readLine(line, format));
  }
}

/** The good rows of a file, as a trainer takes them. Memory stays bounded whatever the file's size. */
export async function* readExamples(source: Bytes, format: DatasetFormat): AsyncGenerator<Example> {
  for await (const rows of readRows(source, format)) {
    for (const { read } of rows) if (!isFault(read)) yield read;
  }
}

function readLine(line: ByteLine, format: DatasetFormat): ReadRow {
  const parsed = parseLine(line);
  if ('fault' in parsed) return { line: line.number, text: '', read: parsed };
  return { line: line.number, text: parsed.text.trim(), read: readValue(parsed.value, format) };
}

function readValue(value: unknown, format: DatasetFormat): Example | RowFault {
  const read = readRow(value, format);
  if (!isFault(read) || read.kind !== 'form') return read;
  const other = formatOf(value);
  return other === null || other === format
    ? read
    : { fault: `the row is ${FORMAT_LABELS[other]}, but the file is ${FORMAT_LABELS[format]}`, kind: 'form' };
}

type ParsedLine = { readonly text: string; readonly value: unknown } | RowFault;

function parseLine({ bytes }: ByteLine): ParsedLine {
  if (bytes === null) return { fault: TOO_LONG, kind: 'form' };
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { fault: 'the line is not UTF-8', kind: 'unicode' };
  }
  try {
    return { text, value: JSON.parse(text) };
  } catch {
    return { fault: 'the line is not JSON', kind: 'form' };
  }
}

const BLANK = new Set([0x20, 0x09, 0x0d]);
const isBlank = ({ bytes }: ByteLine): boolean => bytes?.every((byte) => BLANK.has(byte)) ?? false;
