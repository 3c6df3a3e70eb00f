// Also read by the supervisor, which runs without the product: this file imports nothing of ours.

/** The monotonic clock that all processes of this machine share, ms since some moment before they began. */
export const machineMs = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000;

/** A wall clock that was read once; from then on the monotonic clock moves it, so it neither jumps nor falls. */
export interface Anchor {
  /** ms since 1970 at `monotonic`. */
  readonly wall: number;
  readonly monotonic: number;
}

/** A process may lose the machine between two looks at two clocks: the closest of so many pairs counts. */
const LOOKS = 8;

/** Reads both clocks as nearly at once as they can be: what lies between the looks would shift every instant. */
export function anchorNow(wall: () => number = Date.now, monotonic: () => number = machineMs): Anchor {
  let best: Anchor & { readonly gap: number } = { wall: 0, monotonic: 0, gap: Number.POSITIVE_INFINITY };
  for (let look = 0; look < LOOKS; look += 1) {
    const before = monotonic();
    const seen = wall();
    const gap = monotonic() - before;
    if (gap < best.gap) best = { wall: seen, monotonic: before, gap };
  }
  return { wall: best.wall, monotonic: best.monotonic };
}

/** The instant that the anchored clock shows, whole ms since 1970. */
export const instantOf = (anchor: Anchor, monotonic: number = machineMs()): number =>
  Math.round(anchor.wall + Math.max(0, monotonic - anchor.monotonic));
