/** When the learning rate is how large. */
export interface Schedule {
  readonly peak: number;
  readonly total: number;
  /** Share of the steps in which the rate rises. */
  readonly warmup: number;
  readonly decay: 'linear' | 'cosine';
}

/**
 * The learning rate of a step, counted from 0: rises in a line to its peak, then falls towards zero, in a line or along
 * half a cosine. As in Transformers, but that no step has a rate of zero: a step that learns nothing still costs money.
 */
export function learningRate({ peak, total, warmup, decay }: Schedule, step: number): number {
  const rising = Math.ceil(warmup * total);
  if (step < rising) return (peak * (step + 1)) / rising;
  const gone = (step - rising) / Math.max(1, total - rising);
  return decay === 'linear' ? peak * (1 - gone) : (peak * (1 + Math.cos(Math.PI * gone))) / 2;
}
