import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { badInput } from '@/lib/errors';

/** Bytes of a file in order, as a stream or a generator gives them. */
export type Bytes = AsyncIterable<Uint8Array>;

const SIGNATURES: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ['a zip archive', [0x50, 0x4b, 0x03, 0x04]],
  ['packed with zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['packed with xz', [0xfd, 0x37, 0x7a, 0x58]],
  ['packed with bzip2', [0x42, 0x5a, 0x68]],
  ['a Parquet file', [0x50, 0x41, 0x52, 0x31]],
  ['UTF-16 text; save it as UTF-8', [0xff, 0xfe]],
  ['UTF-16 text; save it as UTF-8', [0xfe, 0xff]],
];

/**
 * The text of a file, in pieces. Gzip is recognised by its first bytes; a byte order mark is left out.
 *
 * @throws PipelineError `bad_input` for other packings, damaged gzip and bytes that are not UTF-8.
 */
export async function* readText(bytes: Bytes): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const piece of await unpacked(bytes)) yield decoder.decode(piece, { stream: true });
    yield decoder.decode();
  } catch (error) {
    throw explained(error);
  }
}

async function unpacked(bytes: Bytes): Promise<Bytes> {
  const { first, all } = await withFirstBytes(bytes);
  if (first[0] === 0x1f && first[1] === 0x8b) {
    const gunzip = createGunzip();
    // a failure reaches the reader of `gunzip`, which pipeline destroys with it
    pipeline(Readable.from(all, { objectMode: false }), gunzip, () => undefined);
    return gunzip;
  }
  const other = SIGNATURES.find(([, signature]) => signature.every((byte, at) => first[at] === byte));
  if (other) throw badInput(`The file is ${other[0]}. Give CSV or JSON Lines, as it is or packed with gzip.`);
  return all;
}

/** Waits for four bytes (or the end) and gives them beside the whole. */
async function withFirstBytes(bytes: Bytes): Promise<{ first: Uint8Array; all: Bytes }> {
  const iterator = bytes[Symbol.asyncIterator]();
  const read: Uint8Array[] = [];
  let length = 0;
  while (length < 4) {
    const next = await iterator.next();
    if (next.done) break;
    read.push(next.value);
    length += next.value.length;
  }
  async function* all() {
    try {
      yield* read;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { first: Buffer.concat(read).subarray(0, 4), all: all() };
}

function explained(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'Z_BUF_ERROR') return badInput('The gzip file ends too early: it was cut off. Copy it again.');
  if (code.startsWith('Z_')) return badInput('The gzip file is damaged: it cannot be unpacked. Copy it again.');
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
    return badInput('The file is not UTF-8 text. Save it as UTF-8 and import it again.');
  }
  return error;
}
