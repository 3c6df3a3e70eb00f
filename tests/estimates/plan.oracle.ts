/** Steps and tokens of a run in whole numbers of any size. Imports nothing of the product. */

export interface OracleWork {
  readonly rowsTraining: number;
  readonly rowsValidation: number;
  /** Of all rows, a multiple of their number. */
  readonly tokens: number;
  readonly longest: number | null;
  readonly batch: number;
  readonly accumulation: number;
  readonly gpus: number;
  readonly epochs: number;
  readonly maxLength: number;
  readonly packing: boolean;
  /** Steps from one checkpoint to the next. */
  readonly every: number;
}

/** How often `size` has to be taken to cover `n`, by counting what is left over. */
function pieces(n: bigint, size: bigint): bigint {
  const whole = n / size;
  return n - whole * size > 0n ? whole + 1n : whole;
}

export function oraclePlan(work: OracleWork): { steps: bigint; tokens: bigint; checkpoints: bigint } {
  const rows = BigInt(work.rowsTraining);
  const perRow = BigInt(work.tokens) / (rows + BigInt(work.rowsValidation));
  const asked = BigInt(work.maxLength);
  const longest = work.longest === null ? asked : BigInt(work.longest);
  const padded = longest < asked ? longest : asked;
  const tokensOfEpoch = work.packing ? perRow * rows : rows * padded;
  const sequences = work.packing ? pieces(perRow * rows, asked) : rows;
  const atOnce = BigInt(work.batch) * BigInt(work.accumulation) * BigInt(work.gpus);
  const steps = pieces(sequences, atOnce) * BigInt(work.epochs);
  return { steps, tokens: tokensOfEpoch * BigInt(work.epochs), checkpoints: steps / BigInt(work.every) };
}
