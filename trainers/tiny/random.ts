/** Random numbers that are the same on every machine, and whose state can be kept and gone on from. */
export interface Random {
  /** A whole number from 0 to 2³² − 1. */
  next(): number;
  /** From 0 to below 1. */
  uniform(): number;
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  /** Normally distributed, mean 0, deviation 1. */
  normal(): number;
  /** Four 32-bit numbers. */
  state(): number[];
  /** Goes on from such a state. */
  restore(state: readonly number[]): void;
}

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

/** The generator xoshiro128** of D. Blackman and S. Vigna, in a given state. */
function randomFrom(state: readonly number[]): Random {
  const s = new Uint32Array(state);
  const next = (): number => {
    const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 11);
    return result;
  };
  const uniform = (): number => next() / 2 ** 32;
  return {
    next,
    uniform,
    below: (limit) => Math.floor(uniform() * limit),
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    state: () => [...s],
    restore(wanted) {
      if (wanted.length !== 4 || wanted.every((word) => word === 0)) throw new RangeError('this is no state');
      s.set(wanted);
    },
  };
}

/** A generator for one purpose: other words after the seed give other, unrelated numbers. */
export function randomFor(seed: number, purpose: string): Random {
  let hash = seed >>> 0;
  const mixed = (value: number): number => {
    hash = Math.imul(hash ^ value ^ 0x9e3779b9, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
    return hash >>> 0;
  };
  for (const letter of purpose) mixed(letter.codePointAt(0) ?? 0);
  return randomFrom([mixed(1), mixed(2), mixed(3), mixed(4) | 1]);
}

/** The numbers from 0 to below `count` in a random order (Fisher and Yates). */
export function shuffled(count: number, random: Random): Uint32Array<ArrayBuffer> {
  const order = Uint32Array.from({ length: count }, (_, at) => at);
  for (let last = count - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}
