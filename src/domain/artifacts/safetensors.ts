/** Most bytes of a header; the format itself allows 100 MB, an adapter needs some hundred kilobytes. */
export const MAX_HEADER_BYTES = 10_000_000;
const MAX_TENSORS = 100_000;
const MAX_DIMENSIONS = 16;
/** The header begins after its own length, a 64-bit number. */
export const LENGTH_BYTES = 8;

/** Bits of a value of each type that the format knows. */
const BITS: Readonly<Record<string, number>> = {
  BOOL: 8,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  F64: 64,
  I64: 64,
  U64: 64,
};

export interface Tensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

export interface SafetensorsHeader {
  readonly tensors: readonly Tensor[];
  /** Values in all tensors together. */
  readonly parameters: number;
}

const broken = (why: string): RangeError => new RangeError(`adapter_model.safetensors is not valid: ${why}`);

/**
 * Bytes of the header, from the first eight bytes of a file.
 *
 * @throws RangeError where the file cannot hold it, or it is larger than {@link MAX_HEADER_BYTES}
 */
export function headerLength(head: Buffer, fileBytes: number): number {
  if (head.length < LENGTH_BYTES || fileBytes < LENGTH_BYTES) throw broken('it is shorter than its own beginning');
  const length = head.readBigUInt64LE(0);
  const most = BigInt(Math.min(fileBytes - LENGTH_BYTES, MAX_HEADER_BYTES));
  if (length > most || length < 2n) throw broken('the length of its header is impossible');
  return Number(length);
}

interface Placed extends Tensor {
  readonly begin: number;
  readonly end: number;
}

const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** The number of values, or null where it is no safe integer. */
function product(shape: readonly number[]): number | null {
  let values = 1;
  for (const size of shape) {
    values *= size;
    if (!Number.isSafeInteger(values)) return null;
  }
  return values;
}

function readTensor(name: string, value: unknown): Placed {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Object.hasOwn(BITS, dtype)) throw broken(`a tensor has an unknown type`);
  if (!Array.isArray(shape) || shape.length > MAX_DIMENSIONS || !shape.every(isIndex)) {
    throw broken('a tensor has an impossible shape');
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isIndex)) {
    throw broken('a tensor does not say where it lies');
  }
  const [begin = 0, end = 0] = offsets;
  const values = product(shape);
  if (values === null || end - begin !== (values * (BITS[dtype] ?? 0)) / 8) {
    throw broken('a tensor is not as long as its shape says');
  }
  return { name, dtype, shape, begin, end };
}

/** Tensors must fill the file from the first byte to the last, without a gap and without sharing any. */
function requireFilled(tensors: readonly Placed[], dataBytes: number): void {
  let at = 0;
  for (const { begin, end } of [...tensors].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at) throw broken('its tensors overlap or leave a gap');
    at = end;
  }
  if (at !== dataBytes) throw broken('its tensors do not fill it');
}

/**
 * Reads a header, the JSON text after the first eight bytes, and checks that the file is what it says.
 *
 * @param fileBytes bytes of the whole file
 * @throws RangeError with a sentence, for anything that a loader might stumble over
 */
export function readHeader(header: Buffer, fileBytes: number): SafetensorsHeader {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(header));
  } catch {
    throw broken('its header is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw broken('its header is no object');
  const { __metadata__: metadata = {}, ...named } = value as Record<string, unknown>;
  if (typeof metadata !== 'object' || metadata === null || Object.values(metadata).some((v) => typeof v !== 'string')) {
    throw broken('its metadata are not texts');
  }
  const entries = Object.entries(named);
  if (entries.length === 0) throw broken('it holds no tensor');
  if (entries.length > MAX_TENSORS) throw broken('it holds too many tensors');
  const tensors = entries.map(([name, tensor]) => readTensor(name, tensor));
  requireFilled(tensors, fileBytes - LENGTH_BYTES - header.length);
  const parameters = tensors.reduce((sum, { shape }) => sum + (product(shape) ?? 0), 0);
  return { tensors: tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape })), parameters };
}
