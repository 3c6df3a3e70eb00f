/**
 * The most that a GPU computes, in 10^12 floating-point operations a second: dense 16-bit tensor arithmetic, from its
 * maker's data sheet (half of the figure that counts on sparse matrices). `cpu`: 32-bit vector arithmetic on one core, as
 * measured with the matrix product of the built-in trainer.
 */
const PEAK_TFLOPS: Readonly<Record<string, number>> = {
  cpu: 0.054,
  t4: 65,
  v100: 125,
  p100: 19,
  a10: 125,
  a10g: 70,
  a30: 165,
  a40: 150,
  a4000: 77,
  a5000: 111,
  a6000: 155,
  a100: 312,
  'a100 pcie': 312,
  'a100 sxm': 312,
  l4: 121,
  l40: 181,
  l40s: 362,
  'rtx 3090': 71,
  'rtx 4090': 165,
  'rtx 5090': 210,
  'rtx 6000 ada': 182,
  h100: 989,
  'h100 pcie': 756,
  'h100 nvl': 835,
  'h100 sxm': 989,
  gh200: 989,
  h200: 989,
  b200: 2250,
  mi300x: 1307,
};

/** Of a GPU that is not in the table: a modest one of the last years. */
const UNKNOWN_TFLOPS = 100;

/** With so many tokens at once a GPU reaches half of its best: below, moving the weights takes longer than computing. */
const TOKENS_AT_HALF = 2048;

const plainName = (gpuType: string): string =>
  gpuType
    .toLowerCase()
    .replace(/^nvidia /, '')
    .trim();

/** Peak of one GPU in operations a second, and whether it is known. */
export function peakOf(gpuType: string): { flops: number; isKnown: boolean } {
  const name = plainName(gpuType);
  const known = Object.hasOwn(PEAK_TFLOPS, name) ? PEAK_TFLOPS[name] : undefined;
  return { flops: (known ?? UNKNOWN_TFLOPS) * 1e12, isKnown: known !== undefined };
}

/** The share of its best that a GPU reaches with so many tokens at once; one core of a CPU is busy with a single row. */
export const loadOf = (gpuType: string, tokensAtOnce: number): number =>
  plainName(gpuType) === 'cpu' ? 1 : tokensAtOnce / (tokensAtOnce + TOKENS_AT_HALF);
