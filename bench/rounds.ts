import { median } from './statistics';

/** Something to be timed: one call, from pool to plain data. */
export interface Case {
  readonly name: string;
  run(): Promise<unknown>;
  /** Brings about again what a call used up; not timed. */
  prepare?(): Promise<unknown>;
}

export interface Rounds {
  /** Median of each case, ms. */
  readonly p50: ReadonlyMap<string, number>;
  /** Median of the floor at each of its places in a round, ms. */
  readonly floors: readonly number[];
  /** What ratios are taken of: the median of the floors, ms. */
  readonly floor: number;
}

/** How often the floor is measured in a round, evenly spread over it. */
const FLOORS = 4;

async function visit({ run, prepare }: Omit<Case, 'name'>, calls: number, into: number[]): Promise<void> {
  for (let call = 0; call < calls; call += 1) {
    await prepare?.();
    const started = performance.now();
    await run();
    into.push(performance.now() - started);
  }
}

/**
 * Measures cases side by side: each round visits all of them, begins with another one than the round before, and
 * measures the floor at several places, so that whatever slows the machine for a while slows all of them alike.
 */
export async function measureRounds(
  floor: () => Promise<unknown>,
  cases: readonly Case[],
  { rounds, calls }: { rounds: number; calls: number },
): Promise<Rounds> {
  const samples = new Map(cases.map(({ name }) => [name, [] as number[]]));
  const floors = Array.from({ length: FLOORS }, () => [] as number[]);
  const warmUp: number[] = [];
  for (const each of [{ run: floor }, ...cases]) await visit(each, calls, warmUp);
  for (let round = 0; round < rounds; round += 1) {
    for (let position = 0; position < cases.length; position += 1) {
      const place = Math.ceil((position * FLOORS) / cases.length);
      if (place < FLOORS && Math.floor((place * cases.length) / FLOORS) === position) {
        await visit({ run: floor }, calls, floors[place] ?? []);
      }
      const next = cases[(position + round) % cases.length];
      if (next) await visit(next, calls, samples.get(next.name) ?? []);
    }
  }
  const places = floors.filter((times) => times.length > 0).map(median);
  return {
    p50: new Map([...samples].map(([name, times]) => [name, median(times)])),
    floors: places,
    floor: median(places),
  };
}

export interface Pair {
  /** Medians, ms. */
  readonly first: number;
  readonly second: number;
  /** Median of how much longer the second took than the first beside it, ms. */
  readonly difference: number;
}

/** Measures two short things in turns, since a difference smaller than the machine's moods is seen only side by side. */
export async function measurePair(
  first: () => Promise<unknown>,
  second: () => Promise<unknown>,
  pairs: number,
): Promise<Pair> {
  const times = { first: [] as number[], second: [] as number[] };
  for (let pair = 0; pair < pairs; pair += 1) {
    const order = [() => visit({ run: first }, 1, times.first), () => visit({ run: second }, 1, times.second)];
    for (const next of pair % 2 === 0 ? order : order.reverse()) await next();
  }
  const differences = times.second.map((ms, i) => ms - (times.first[i] ?? Number.NaN));
  return { first: median(times.first), second: median(times.second), difference: median(differences) };
}
