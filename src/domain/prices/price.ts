/** The units of time that a price may be quoted for; a month is 30 days. */
export const TIME_UNITS = ['second', 'minute', 'hour', 'day', 'month'] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

/** A versioned unit price, as fixed at an attempt's start. */
export interface Price {
  /** Which version of the price this is; it is named in every charge. */
  readonly version: string;
  /** ISO 4217 code. */
  readonly currency: string;
  /** Decimal text, up to 10 decimals: money for one of `units` (a GPU, a gigabyte) over one `unit` of time. */
  readonly unitPrice: string;
  readonly unit: TimeUnit;
  /** The provider bills whole multiples of this many milliseconds; 1 (every millisecond) where it is absent. */
  readonly incrementMs?: number;
  /** The provider bills at least this many milliseconds once anything ran; 0 where it is absent. */
  readonly minimumMs?: number;
}
