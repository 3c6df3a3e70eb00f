import { createHash } from 'node:crypto';
import { DigestSet } from '@/domain/datasets/digest-set';
import type { Example, RowFault } from '@/domain/datasets/formats';
import type { DatasetReport } from '@/domain/datasets/schema';

const MOST_ERRORS = 100;
/** Upper ends of the classes of length, tokens: powers of two. */
const LENGTH_ENDS = [16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536, 131_072] as const;

export type Split = 'training' | 'validation';

/** The digest that tells rows with the same prompt and answer. */
export const digestOf = ({ prompt, answer }: Example): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([prompt, answer]))
    .digest();

/**
 * Where a row belongs: by four bytes of its digest, so that the same row falls on the same side in every dataset and on
 * every machine, wherever it stands. `share`: 0 to 0.5.
 */
export const splitOf = (digest: Buffer, share: number): Split =>
  digest.readUInt32BE(16) / 2 ** 32 < share ? 'validation' : 'training';

/** Counts rows as they are read. What it keeps: 32 bytes or so for each different row, and the first errors. */
export class RowTally {
  readonly #share: number;
  readonly #digests = new DigestSet();
  readonly #lengths = [...LENGTH_ENDS, null].map(() => ({ rows: 0, tokens: 0 }));
  readonly #errors: { line: number; reason: string }[] = [];
  readonly #rows = { training: 0, validation: 0 };
  readonly #bad = { form: 0, empty: 0, unicode: 0 };
  #duplicates = 0;
  #textBytes = 0;
  #tokens = 0;
  #longest = 0;

  constructor(validationShare: number) {
    this.#share = validationShare;
  }

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

  addGood(example: Example, tokens: number): void {
    const digest = digestOf(example);
    if (!this.#digests.add(digest)) this.#duplicates += 1;
    this.#rows[splitOf(digest, this.#share)] += 1;
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
