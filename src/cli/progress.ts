import type { Clock } from '@/lib/clock';

/** Where progress goes: the part of a terminal that is needed. */
export interface ProgressOutput {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const BAR_WIDTH = 24;
/** How often a terminal's line is written anew, and how often a log gets another line, ms. */
const TERMINAL_EVERY_MS = 100;
const LOG_EVERY_MS = 5_000;

const CLEAR_LINE = '\r\u001b[2K';

/** One step of a long work: `done` of `total`, of which the total may be unknown. */
export interface Step {
  readonly label: string;
  readonly done: number;
  readonly total: number | null;
  /** What is told beside the bar. */
  readonly note?: string;
}

/**
 * Shows how far a long work is: on a terminal one line with a bar, elsewhere (a log, a pipe) a plain line when a step
 * begins and every few seconds.
 */
export class Progress {
  readonly #output: ProgressOutput;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #label: string | null = null;
  #writtenAt = Number.NEGATIVE_INFINITY;

  constructor(output: ProgressOutput, clock: Pick<Clock, 'monotonicMs'>) {
    this.#output = output;
    this.#clock = clock;
  }

  /** May be called as often as one likes. */
  show(step: Step): void {
    const now = this.#clock.monotonicMs();
    const every = this.#output.isTTY ? TERMINAL_EVERY_MS : LOG_EVERY_MS;
    if (step.label === this.#label && now - this.#writtenAt < every) return;
    this.#label = step.label;
    this.#writtenAt = now;
    this.#output.write(
      this.#output.isTTY ? CLEAR_LINE + cut(barLine(step), this.#output.columns) : `${plainLine(step)}\n`,
    );
  }

  /** Takes the bar away, so that results can be written. */
  end(): void {
    if (this.#output.isTTY && this.#label !== null) this.#output.write(CLEAR_LINE);
    this.#label = null;
    this.#writtenAt = Number.NEGATIVE_INFINITY;
  }
}

const share = ({ done, total }: Step): number | null =>
  total === null || total <= 0 ? null : Math.min(1, Math.max(0, done / total));

const percent = (part: number): string => `${Math.floor(part * 100)} %`;

function barLine(step: Step): string {
  const part = share(step);
  const full = Math.floor((part ?? 0) * BAR_WIDTH);
  const bar = part === null ? '' : ` [${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}] ${percent(part).padStart(5)}`;
  return `${step.label}${bar}${step.note ? `  ${step.note}` : ''}`;
}

function plainLine(step: Step): string {
  const part = share(step);
  return [step.label, part === null ? '' : percent(part), step.note ?? ''].filter(Boolean).join('  ');
}

/** A line that is longer than the terminal is wide could not be cleared. */
const cut = (line: string, columns: number | undefined): string => line.slice(0, Math.max(20, columns ?? 80) - 1);
