import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FileFault } from '@/domain/datasets/file-fault';

export type Bytes = AsyncIterable<Uint8Array>;

/** A file of a few megabytes must not become a disk of them: how much may come out, and how much out of each byte. */
const MOST_UNPACKED = 8 * 1024 ** 3;
const MOST_TIMES = 200;
/** Below this much, a file may be as repetitive as it likes. */
const SMALL = 64 * 1024 ** 2;

const ADVICE = 'Send JSON Lines, as it is or packed with gzip.';
const SIGNATURES: readonly (readonly [bytes: readonly number[], sentence: string])[] = [
  [[0x50, 0x4b, 0x03, 0x04], `The file is a zip archive. ${ADVICE}`],
  [[0x28, 0xb5, 0x2f, 0xfd], `The file is packed with zstd. ${ADVICE}`],
  [[0xfd, 0x37, 0x7a, 0x58], `The file is packed with xz. ${ADVICE}`],
  [[0x42, 0x5a, 0x68], `The file is packed with bzip2. ${ADVICE}`],
  [[0x50, 0x41, 0x52, 0x31], `The file is a Parquet file. ${ADVICE}`],
  [[0x25, 0x50, 0x44, 0x46], `The file is a PDF. ${ADVICE}`],
  [[0xff, 0xfe], 'The file is UTF-16 text. Save it as UTF-8.'],
  [[0xfe, 0xff], 'The file is UTF-16 text. Save it as UTF-8.'],
];
const GZIP = [0x1f, 0x8b];
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const LONGEST_SIGNATURE = 4;

const begins = (bytes: Uint8Array, signature: readonly number[]) => signature.every((byte, at) => bytes[at] === byte);

/**
 * The text of a file as bytes: unpacked where it is gzip (told by its first bytes, not by a name), without a byte order
 * mark. Memory stays bounded by the chunks of the source.
 *
 * @throws FileFault for other packings, for gzip that is damaged, cut off or a bomb, and for what is no text
 */
export async function* unpack(source: Bytes): AsyncGenerator<Uint8Array> {
  const packed = await peek(source);
  try {
    yield* begins(packed.first, GZIP) ? gunzipped(packed.all) : plain(packed);
  } finally {
    // also where nothing more than the beginning was read
    await packed.close();
  }
}

async function* gunzipped(packed: Bytes): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  let read = 0;
  async function* counted() {
    for await (const chunk of packed) {
      read += chunk.byteLength;
      yield chunk;
    }
  }
  // a failure reaches the reader of `gunzip`, which pipeline destroys with it
  pipeline(Readable.from(counted(), { objectMode: false }), gunzip, () => undefined);
  try {
    yield* plain(await peek(bounded(gunzip, () => read)));
  } catch (error) {
    throw explained(error);
  } finally {
    gunzip.destroy();
  }
}

async function* bounded(unpacked: Bytes, readSoFar: () => number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of unpacked) {
    size += chunk.byteLength;
    if (size > MOST_UNPACKED) throw new FileFault('The gzip file unpacks to more than 8 GB. Split it.');
    if (size > SMALL && size > MOST_TIMES * readSoFar()) {
      throw new FileFault(`The gzip file unpacks to more than ${MOST_TIMES} times its size. Send it unpacked.`);
    }
    yield chunk;
  }
}

async function* plain({ first, all }: Pick<Peeked, 'first' | 'all'>): AsyncGenerator<Uint8Array> {
  const other = SIGNATURES.find(([signature]) => begins(first, signature));
  if (other) throw new FileFault(other[1]);
  if (first.includes(0)) throw new FileFault(`The file is not text. ${ADVICE}`);
  let mark = begins(first, BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  for await (const chunk of all) {
    const skipped = Math.min(mark, chunk.byteLength);
    mark -= skipped;
    yield chunk.subarray(skipped);
  }
}

type Peeked = { readonly first: Uint8Array; readonly all: Bytes; close(): Promise<void> };

/** Waits for four bytes (or the end) and gives them beside the whole. */
async function peek(source: Bytes): Promise<Peeked> {
  const iterator = source[Symbol.asyncIterator]();
  const read: Uint8Array[] = [];
  for (let length = 0; length < LONGEST_SIGNATURE; ) {
    const next = await iterator.next();
    if (next.done) break;
    read.push(next.value);
    length += next.value.byteLength;
  }
  async function* all() {
    yield* read;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  }
  const close = async () => void (await iterator.return?.());
  return { first: Buffer.concat(read).subarray(0, LONGEST_SIGNATURE), all: all(), close };
}

function explained(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'Z_BUF_ERROR') return new FileFault('The gzip file ends too early: it was cut off. Send it again.');
  if (code.startsWith('Z_')) return new FileFault('The gzip file is damaged: it cannot be unpacked. Pack it again.');
  return error;
}
