import { describe, expect, it } from 'vitest';
import { createBatches, pack, split } from './batches.ts';
import { encode, learnedTokens, type Sequence } from './tokens.ts';

const sequences = Array.from({ length: 23 }, (_, at) =>
  encode([{ role: null, text: `row ${at} ${'x'.repeat(at)}`, learned: true }]),
);
const indexes = (of: readonly Sequence[]): number[] => of.map((each) => sequences.indexOf(each));
const ascending = (of: readonly number[]): number[] => of.toSorted((a, b) => a - b);

describe('the split', () => {
  it('puts every row on one side, the same rows for the same seed', () => {
    const { training, validation } = split(sequences, 0.2, 1);
    expect(validation).toHaveLength(5);
    expect(ascending(indexes([...training, ...validation]))).toEqual([...sequences.keys()]);
    expect(split(sequences, 0.2, 1)).toEqual({ training, validation });
    expect(indexes(split(sequences, 0.2, 2).validation)).not.toEqual(indexes(validation));
  });

  it('holds nothing back for a share of zero, and always leaves something to learn from', () => {
    expect(split(sequences, 0, 1).validation).toEqual([]);
    expect(split(sequences, 0.001, 1).validation).toHaveLength(1);
    expect(split(sequences.slice(0, 1), 0.9, 1).training).toHaveLength(1);
  });
});

describe('batches', () => {
  it('show each row once in an epoch, in another order in the next', () => {
    const batches = createBatches(sequences, 4, 9);
    expect(batches.stepsPerEpoch).toBe(6);
    const epochs = [0, 1].map((epoch) =>
      Array.from({ length: 6 }, (_, at) => indexes(batches.ofStep(epoch * 6 + at))).flat(),
    );
    for (const epoch of epochs) expect(ascending(epoch)).toEqual([...sequences.keys()]);
    expect(epochs[0]).not.toEqual(epochs[1]);
  });

  it('of a step do not depend on where the run began', () => {
    const wanted = createBatches(sequences, 4, 9);
    for (let step = 0; step < 20; step++) wanted.ofStep(step);
    expect(createBatches(sequences, 4, 9).ofStep(20)).toEqual(wanted.ofStep(20));
  });
});

describe('packing', () => {
  it('keeps every token in order, in pieces that are full but for the last', () => {
    const pieces = pack(sequences, 32);
    expect(pieces.flatMap(({ tokens }) => [...tokens])).toEqual(sequences.flatMap(({ tokens }) => [...tokens]));
    expect(pieces.slice(0, -1).every(({ tokens }) => tokens.length === 32)).toBe(true);
    const all = sequences.reduce((sum, each) => sum + learnedTokens(each), 0);
    const kept = pieces.reduce((sum, each) => sum + learnedTokens(each), 0);
    expect(all - kept).toBeLessThan(pieces.length);
  });
});
