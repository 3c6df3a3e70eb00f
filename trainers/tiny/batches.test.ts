import { describe, expect, it } from 'vitest';
import { createBatches, pack } from './batches.ts';
import { encode, learnedTokens, type Sequence } from './tokens.ts';

const sequences = Array.from({ length: 23 }, (_, at) =>
  encode([{ role: null, text: `row ${at} ${'x'.repeat(at)}`, learned: true }]),
);
const indexes = (of: readonly Sequence[]): number[] => of.map((each) => sequences.indexOf(each));
const ascending = (of: readonly number[]): number[] => of.toSorted((a, b) => a - b);

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
