// Also read by the supervisor, which runs without the product: this file imports nothing of ours.

/** The monotonic clock that all processes of this machine share, ms since some moment before they began. */
export const machineMs = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000;

/** A wall clock that was read once; from then on the monotonic clock moves it, so it neither jumps nor falls. */
export interface Anchor {
  /** ms since 1970 at `monotonic`. */
  readonly wall: number;
  readonly monotonic: number;
}

export const anchorNow = (wall: () => number = Date.now, monotonic: () => number = machineMs): Anchor => ({
  wall: wall(),
  monotonic: monotonic(),
});

/** The instant that the anchored clock shows, whole ms since 1970. */
export const instantOf = (anchor: Anchor, monotonic: number = machineMs()): number =>
  Math.round(anchor.wall + Math.max(0, monotonic - anchor.monotonic));
