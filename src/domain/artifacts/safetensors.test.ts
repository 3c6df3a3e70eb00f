import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headerLength, MAX_HEADER_BYTES, readHeader } from '@/domain/artifacts/safetensors';

const F32 = (shape: number[], begin: number, end: number) => ({ dtype: 'F32', shape, data_offsets: [begin, end] });

/** A file's header as bytes, and how large the file is with so much data behind it. */
function written(header: unknown, dataBytes: number): [Buffer, number] {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  const bytes = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  return [bytes, 8 + bytes.length + dataBytes];
}

const length = (bytes: bigint): Buffer => {
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(bytes);
  return head;
};

describe('a header', () => {
  it('names the tensors and counts their values', () => {
    const header = {
      __metadata__: { format: 'pt' },
      b: F32([2, 3], 16, 40),
      a: F32([4], 0, 16),
      none: F32([0, 9], 40, 40),
    };
    expect(readHeader(...written(header, 40))).toEqual({
      tensors: [
        { name: 'b', dtype: 'F32', shape: [2, 3] },
        { name: 'a', dtype: 'F32', shape: [4] },
        { name: 'none', dtype: 'F32', shape: [0, 9] },
      ],
      parameters: 10,
    });
  });

  it('takes a single number, which has no dimension', () => {
    expect(readHeader(...written({ a: F32([], 0, 4) }, 4)).parameters).toBe(1);
  });

  it.each<[string, unknown, number]>([
    ['no JSON', '{"a": ', 0],
    ['no object', [], 0],
    ['no tensor', { __metadata__: {} }, 0],
    ['metadata that are no texts', { __metadata__: { a: 1 }, a: F32([1], 0, 4) }, 4],
    ['an unknown type', { a: { dtype: 'PICKLE', shape: [1], data_offsets: [0, 4] } }, 4],
    ['a type that every object inherits', { a: { dtype: 'toString', shape: [1], data_offsets: [0, 4] } }, 4],
    ['a negative size', { a: F32([-1], 0, 4) }, 4],
    ['a size that is no whole number', { a: F32([1.5], 0, 6) }, 6],
    ['sizes whose product overflows', { a: F32([2 ** 40, 2 ** 40], 0, 4) }, 4],
    ['sizes whose product overflows to zero', { a: F32([2 ** 52, 2 ** 52, 0], 0, 0) }, 0],
    ['seventeen dimensions', { a: F32(Array(17).fill(1), 0, 4) }, 4],
    ['a tensor outside the file', { a: F32([2], 0, 8) }, 4],
    ['a tensor that ends before it begins', { a: F32([1], 4, 0) }, 4],
    ['tensors that overlap', { a: F32([2], 0, 8), b: F32([2], 4, 12) }, 12],
    ['a gap', { a: F32([1], 0, 4), b: F32([1], 8, 12) }, 12],
    ['data behind the last tensor', { a: F32([1], 0, 4) }, 8],
    ['a length that its shape denies', { a: F32([3], 0, 8) }, 8],
    ['no place', { a: { dtype: 'F32', shape: [1] } }, 4],
    ['a tensor that is null', { a: null }, 0],
  ])('with %s is refused', (_, header, dataBytes) => {
    expect(() => readHeader(...written(header, dataBytes))).toThrow(RangeError);
  });

  it('of bytes that are no UTF-8 is refused', () => {
    expect(() => readHeader(Buffer.from([0x7b, 0xff, 0x7d]), 11)).toThrow(RangeError);
  });

  it('of any bytes is read or refused with a sentence', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        fc.nat(),
        (bytes, more) => {
          try {
            readHeader(Buffer.from(bytes), 8 + bytes.length + more);
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
          }
        },
      ),
    );
  });
});

describe('the length of a header', () => {
  it('is the number at the beginning of the file', () => {
    expect(headerLength(length(64n), 100)).toBe(64);
  });

  it.each<[string, Buffer, number]>([
    ['longer than the file', length(93n), 100],
    ['longer than any header of ours', length(BigInt(MAX_HEADER_BYTES) + 1n), 10 ** 9],
    ['as long as no number of ours', length(2n ** 64n - 1n), 10 ** 9],
    ['zero', length(0n), 100],
    ['cut off', Buffer.alloc(7), 7],
  ])('%s is refused', (_, head, fileBytes) => {
    expect(() => headerLength(head, fileBytes)).toThrow(RangeError);
  });
});
