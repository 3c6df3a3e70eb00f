import { randomFor, shuffled } from './random.ts';
import { cut, type Sequence } from './tokens.ts';

/** Sequences strung together and cut into pieces of `longest` tokens, so that none is short. */
export function pack(sequences: readonly Sequence[], longest: number): Sequence[] {
  const count = sequences.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const all = { tokens: new Uint16Array(count), learned: new Uint8Array(count) };
  let at = 0;
  for (const { tokens, learned } of sequences) {
    all.tokens.set(tokens, at);
    all.learned.set(learned, at);
    at += tokens.length;
  }
  const pieces: (Sequence | null)[] = [];
  for (let from = 0; from < count; from += longest) {
    const piece = { tokens: all.tokens.slice(from, from + longest), learned: all.learned.slice(from, from + longest) };
    pieces.push(cut(piece, longest));
  }
  return pieces.filter((piece) => piece !== null);
}

/** Which sequences each step learns from. Every epoch sees each once, in an order of its own. */
export interface Batches {
  readonly stepsPerEpoch: number;
  /** The sequences of a step, counted from 0; the last of an epoch may have fewer. */
  ofStep(step: number): Sequence[];
}

export function createBatches(sequences: readonly Sequence[], size: number, seed: number): Batches {
  const stepsPerEpoch = Math.ceil(sequences.length / size);
  let shuffle = { epoch: -1, order: new Uint32Array() };
  return {
    stepsPerEpoch,
    ofStep(step) {
      const epoch = Math.floor(step / stepsPerEpoch);
      if (shuffle.epoch !== epoch) {
        shuffle = { epoch, order: shuffled(sequences.length, randomFor(seed, `epoch ${epoch}`)) };
      }
      const from = (step % stepsPerEpoch) * size;
      return Array.from(shuffle.order.subarray(from, from + size), (at) => sequences[at]);
    },
  };
}
