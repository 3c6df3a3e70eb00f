import type { Json } from '@/db/types';
import type { UserId } from '@/lib/ids';
import type { Money } from '@/lib/money';

/** What an attempt was doing while it cost money. */
export const PHASES = ['setup', 'training', 'evaluation', 'checkpoint', 'saving', 'idle', 'lost'] as const;
export type Phase = (typeof PHASES)[number];

/** A charge to be written. It is the same charge as another when source, cost type, phase and `recordedAt` are. */
export interface NewCharge {
  readonly userId: UserId;
  readonly jobId: string | null;
  /** `attempt:ID`, `import:NAME:EXTERNAL_ID` or `estimate:JOB`. */
  readonly source: string;
  readonly costType: string;
  readonly phase: Phase | null;
  /** Start of its bucket. */
  readonly recordedAt: Date;
  /** `YYYY-MM-DD`; default: the UTC date of `recordedAt`. */
  readonly billingPeriod?: string;
  readonly amount: Money;
  /** ISO 4217, three capital letters. */
  readonly currency: string;
  readonly state: 'open' | 'final';
  /** Quantity, unit, price and its version, steps: what explains the amount. */
  readonly details: Json | null;
  /** At most 20 pairs of texts. */
  readonly tags: Readonly<Record<string, string>>;
  readonly isEstimate?: boolean;
}
