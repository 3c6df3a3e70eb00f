import { createHash } from 'node:crypto';
import { DigestSet } from '@/domain/datasets/digest-set';
import type { Example, RowFault } from '@/domain/datasets/formats';
import type { DatasetReport } from '@/domain/datasets/schema';
import type { Side } from '@/lib/row-side';

const MOST_ERRORS = 100;
/** Upper ends of the classes of length, tokens: powers of two. */
const LENGTH_ENDS = [16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536, 131_072] as const;

/** The digest that tells rows with the same prompt and answer. */
export const digestOf = ({ prompt, answer }: Example): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([prompt, answer]))
    .digest();

/** Counts rows as they are read. What it keeps: 32 bytes or so for each different row, and the first errors. */
export class RowTally {
  readonly #digests = new DigestSet();
  readonly #lengths = [...LENGTH_ENDS, null].map(() => ({ rows: 0, tokens: 0 }));
  readonly #errors: { line: number; reason: string }[] = [];
  readonly #rows = { training: 0, validation: 0 };
  readonly #bad = { form: 0, empty: 0, unicode: 0 };
  #duplicates = 0;
  #textBytes = 0;
  #tokens = 0;
  #longest = 0;

  get good(): number {
    return this.#rows.training + this.#rows.validation;
  }

  get bad(): number {
    return this.#bad.form + this.#bad.empty + this.#bad.unicode;
  }

  get tokens(): number {
    return this.#tokens;
  }

  get rows(): { total: number; training: number; validation: number } {
    return { total: this.good, ...this.#rows };
  }

  addGood(example: Example, side: Side, tokens: number): void {
    if (!this.#digests.add(digestOf(example))) this.#duplicates += 1;
    this.#rows[side] += 1;
    this.#textBytes += Buffer.byteLength(example.prompt) + Buffer.byteLength(example.answer);
    this.#tokens += tokens;
    this.#longest = Math.max(this.#longest, tokens);
    const index = LENGTH_ENDS.findIndex((end) => tokens < end);
    const length = this.#lengths.at(index);
    if (!length) return;
    length.rows += 1;
    length.tokens += tokens;
  }

  addBad(line: number, { fault, kind }: RowFault): void {
    this.#bad[kind] += 1;
    if (this.#errors.length < MOST_ERRORS) this.#errors.push({ line, reason: fault });
  }

  report(): DatasetReport {
    return {
      rows_good: this.good,
      rows_bad: this.bad,
      duplicates: this.#duplicates,
      empty_answers: this.#bad.empty,
      unicode_faults: this.#bad.unicode,
      text_bytes: this.#textBytes,
      longest: this.#longest,
      mean: this.good === 0 ? 0 : Math.round((this.#tokens / this.good) * 10) / 10,
      lengths: this.#lengths.map((length, index) => ({
        from: LENGTH_ENDS[index - 1] ?? 0,
        to: LENGTH_ENDS[index] ?? null,
        ...length,
      })),
      errors: this.#errors,
    };
  }
}
