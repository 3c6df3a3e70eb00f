import { isObject, type JsonTree, parseJsonTree } from '@/domain/imports/json-tree';
import { LineFault } from '@/domain/imports/line-fault';
import type { FileRecord } from '@/domain/imports/read-csv';
import type { TextLine } from '@/domain/imports/split-lines';

/** Hears every name that a line uses; names may differ from line to line. */
export type OnNames = (names: readonly string[]) => void;

/** The records of a JSON Lines file, one object per line; blank lines are passed over. */
export async function* readJsonLines(
  pieces: AsyncIterable<TextLine[]>,
  onNames: OnNames,
): AsyncGenerator<FileRecord[]> {
  for await (const lines of pieces) {
    const records: FileRecord[] = [];
    for (const { number, text } of lines) {
      if (text === null) records.push(faulty(number, 'the line is longer than a megabyte'));
      else if (text.trim() !== '') records.push(readRecord(number, text, onNames));
    }
    if (records.length > 0) yield records;
  }
}

function readRecord(line: number, text: string, onNames: OnNames): FileRecord {
  let tree: JsonTree;
  try {
    tree = parseJsonTree(text);
  } catch (error) {
    if (error instanceof LineFault) return faulty(line, error.message);
    throw error;
  }
  if (!isObject(tree)) return faulty(line, 'the line is no JSON object; write one {…} per line');
  const object = tree;
  onNames(Object.keys(object));
  return { line, fault: null, cellOf: (theirs) => (Object.hasOwn(object, theirs) ? object[theirs] : undefined) };
}

const faulty = (line: number, fault: string): FileRecord => ({ line, fault, cellOf: () => undefined });
