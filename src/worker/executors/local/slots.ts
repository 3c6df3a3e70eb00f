// Also read by the supervisor, which runs without the product: only files that do so too are imported.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { RUN_FOLDER, SLOT_BYTES } from './run-folder.ts';

/** Files of fixed size that are rewritten in place: that works on a full disk too. */
type Slot = 'alive' | 'lease' | 'stop';

/** What is in a slot; null where the file (or the whole folder) is gone. */
export function readSlot(folder: string, slot: Slot): string | null {
  try {
    return readFileSync(path.join(folder, RUN_FOLDER[slot]), 'latin1').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Overwrites a slot in one write. */
export function writeSlot(folder: string, slot: Slot, text: string): void {
  const handle = openSync(path.join(folder, RUN_FOLDER[slot]), 'r+');
  try {
    writeSync(handle, Buffer.from(text.padEnd(SLOT_BYTES), 'latin1'), 0, SLOT_BYTES, 0);
  } finally {
    closeSync(handle);
  }
}

/** A sign of life: a count that moves, and the instant until which the run has lasted, ms since 1970. */
export interface Beat {
  readonly count: number;
  readonly at: number;
}

export const writeBeat = (folder: string, { count, at }: Beat): void => writeSlot(folder, 'alive', `${count} ${at}`);

export function readBeat(folder: string): Beat | null {
  const [, count, at] = readSlot(folder, 'alive')?.match(/^(\d+) (\d+)$/) ?? [];
  return count === undefined || at === undefined ? null : { count: Number(count), at: Number(at) };
}

/**
 * Until when a run may go on without a renewal. A renewal counts from the instant at which it was made, by the clock that
 * all processes of the machine share; one from the future counts from when it was seen, once.
 */
export class Lease {
  readonly #folder: string;
  readonly #leaseMs: number;
  #seen = '';
  #renewedAt: number;

  constructor(folder: string, leaseMs: number, orderedAt: number) {
    this.#folder = folder;
    this.#leaseMs = leaseMs;
    this.#renewedAt = orderedAt;
  }

  /** Whether it is over at `now`, ms of the machine's clock. */
  isOver(now: number): boolean {
    const text = readSlot(this.#folder, 'lease') ?? '';
    if (text !== this.#seen && /^\d+(\.\d+)?$/.test(text)) {
      this.#seen = text;
      this.#renewedAt = Math.max(this.#renewedAt, Math.min(Number(text), now));
    }
    return now - this.#renewedAt > this.#leaseMs;
  }
}

export const writeRenewal = (folder: string, now: number): void => writeSlot(folder, 'lease', now.toFixed(3));
