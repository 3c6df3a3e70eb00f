import type { Phase } from '@/domain/ledger/charge';
import type { ProgressEvent } from '@/domain/training/progress';
import type { RunLine } from '@/worker/executors/executor';

/** Something that a simulated run tells, `afterMs` after it began. */
export type Told =
  | { readonly afterMs: number; readonly event: ProgressEvent }
  | { readonly afterMs: number; readonly stream: RunLine['stream']; readonly text: string };

/** How a simulated run goes if nobody stops it. All times are whole ms. */
export interface Timeline {
  /** From the order to the beginning; 0 unless given. */
  readonly beginsAfterMs?: number;
  /** In order of time. */
  readonly told: readonly Told[];
  /** From the beginning to the end; `Infinity`: until it is stopped. */
  readonly lastsMs: number;
  readonly exitCode?: number | null;
  readonly signal?: string | null;
  readonly reason?: 'exited' | 'out_of_memory' | 'disk_full' | 'not_started';
  /** How long it takes to stop once asked; null: it stops by force only. 0 unless given. */
  readonly stopsAfterMs?: number | null;
  /** What it leaves behind, by name; a small valid adapter where it ends well and nothing is given. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
}

/** A stretch of a simulated run. */
export interface SimulatedPhase {
  readonly phase: Phase;
  readonly ms: number;
  /** Steps made in it, evenly spread, the last at its end; none unless given. */
  readonly steps?: number;
  /** What is reported with a step, counted over the whole run from 1. */
  readonly metrics?: (step: number) => ProgressEvent;
}

/** The timeline of a run of these phases, one after the other. */
export function phasedTimeline(phases: readonly SimulatedPhase[], rest: Partial<Timeline> = {}): Timeline {
  const told: Told[] = [];
  let at = 0;
  let step = 0;
  for (const { phase, ms, steps = 0, metrics } of phases) {
    told.push({ afterMs: at, event: { phase } });
    for (let i = 1; i <= steps; i += 1) {
      step += 1;
      told.push({ afterMs: at + Math.round((ms * i) / steps), event: { step, ...metrics?.(step) } });
    }
    at += ms;
  }
  return { told, lastsMs: at, ...rest };
}
