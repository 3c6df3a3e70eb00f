/** The one source of time. It is passed in, so that a test can set it back, stop it or let it jump. */
export interface Clock {
  /** The wall clock: for instants that people and other machines read. It may jump, also backwards. */
  now(): Date;
  /** Milliseconds since some fixed moment of this process, never falling: for durations and time-outs. */
  monotonicMs(): number;
}

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
};
