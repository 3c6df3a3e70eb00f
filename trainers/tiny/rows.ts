import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Lines longer than this many bytes are given as null: no example is so long. */
const LONGEST_LINE = 16 * 1024 * 1024;
const NEWLINE = 0x0a;

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

/** The lines of a file, unpacked where it is packed by gzip; blank ones are left out. */
export async function* readLines(path: string): AsyncGenerator<string | null> {
  const isPacked = await isGzip(path);
  const packed = createReadStream(path);
  const unpacked: Readable = isPacked ? packed.pipe(createGunzip()) : packed;
  packed.on('error', (error) => unpacked.destroy(error));
  let pieces: Buffer[] = [];
  let length = 0;
  const line = (): string | null => {
    const text =
      length > LONGEST_LINE
        ? null
        : Buffer.concat(pieces)
            .toString('utf8')
            .replace(/^\uFEFF/, '')
            .trim();
    pieces = [];
    length = 0;
    return text;
  };
  for await (const chunk of unpacked as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      pieces.push(chunk.subarray(from, end));
      length += end - from;
      from = end + 1;
      const text = line();
      if (text !== '') yield text;
    }
    length += chunk.length - from;
    if (length > LONGEST_LINE) pieces = [];
    else pieces.push(chunk.subarray(from));
  }
  const last = line();
  if (last !== '') yield last;
}

/** A row with the line that it stands in; null for a line that is no object. */
export interface RowOfFile {
  readonly text: string;
  readonly row: Readonly<Record<string, unknown>> | null;
}

/** The rows of a file of JSON lines. */
export async function* readRows(path: string): AsyncGenerator<RowOfFile> {
  for await (const text of readLines(path)) {
    let value: unknown = null;
    try {
      if (text !== null) value = JSON.parse(text);
    } catch {
      value = null;
    }
    const row = typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown> | null) : null;
    yield { text: text ?? '', row };
  }
}
