import { asMoney, divideRounded, formatMoney, type Money } from '@/lib/money';

/** What a run reached, from its stored curve. */
export interface Curve {
  readonly finalLoss: number | null;
  readonly bestLoss: number | null;
  readonly finalValidationLoss: number | null;
  readonly bestValidationLoss: number | null;
}

export interface RunTotals {
  readonly steps: number;
  readonly tokens: number;
  readonly cost: Money;
  readonly durationMs: number;
}

/** The quality of an adapter as people compare it; null is what the run did not report. */
export interface Quality {
  readonly final_loss: number | null;
  readonly best_loss: number | null;
  readonly final_validation_loss: number | null;
  readonly best_validation_loss: number | null;
  /** e to the power of the final validation loss (nats per token), or of the training loss where there is no other. */
  readonly perplexity: number | null;
  /** Final validation loss less final training loss: above zero and growing means it learns by heart. */
  readonly train_validation_gap: number | null;
  readonly steps: number;
  readonly tokens: number;
  readonly duration_ms: number;
  readonly cost_exact: string;
  /** Exact to ten decimals, rounded half away from zero; null where no token was counted. */
  readonly cost_per_million_tokens_exact: string | null;
}

const finite = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null);

export function summariseQuality(curve: Curve, { steps, tokens, cost, durationMs }: RunTotals): Quality {
  const training = finite(curve.finalLoss);
  const validation = finite(curve.finalValidationLoss);
  const loss = validation ?? training;
  return {
    final_loss: training,
    best_loss: finite(curve.bestLoss),
    final_validation_loss: validation,
    best_validation_loss: finite(curve.bestValidationLoss),
    perplexity: loss === null ? null : finite(Math.exp(loss)),
    train_validation_gap: validation === null || training === null ? null : validation - training,
    steps,
    tokens,
    duration_ms: durationMs,
    cost_exact: formatMoney(cost),
    cost_per_million_tokens_exact:
      tokens > 0 ? formatMoney(asMoney(divideRounded(cost * 1_000_000n, BigInt(tokens)))) : null,
  };
}
