import type { Adapter, Artifact } from '@/domain/artifacts/schema';
import { formatDuration, formatFineAmount, formatInteger, formatMeasure } from '@/lib/format';

interface PlainFact {
  name: string;
  value: string;
  more?: string;
}

const measured = (value: number | null): string => (value === null ? 'not measured' : formatMeasure(value));

/** What training has come to, and what it cost. */
export function qualityFacts(quality: NonNullable<Artifact['quality']>, currency: string): PlainFact[] {
  const { cost_exact, cost_per_million_tokens_exact: perMillion } = quality;
  return [
    {
      name: 'Validation loss',
      value: measured(quality.final_validation_loss),
      more: `best ${measured(quality.best_validation_loss)}`,
    },
    { name: 'Training loss', value: measured(quality.final_loss), more: `best ${measured(quality.best_loss)}` },
    { name: 'Perplexity', value: measured(quality.perplexity) },
    { name: 'Gap', value: measured(quality.train_validation_gap), more: 'validation minus training loss' },
    { name: 'Steps', value: formatInteger(quality.steps) },
    { name: 'Tokens', value: formatInteger(quality.tokens) },
    { name: 'Took', value: formatDuration(quality.duration_ms) },
    {
      name: 'Training cost',
      value: formatFineAmount(cost_exact, currency),
      ...(perMillion === null ? {} : { more: `${formatFineAmount(perMillion, currency)} per million tokens` }),
    },
  ];
}

/** What an adapter is made of, with PEFT's names. */
export function adapterFacts({
  peft_type,
  r,
  lora_alpha,
  lora_dropout,
  target_modules,
  tensors,
  parameters,
}: Adapter): PlainFact[] {
  const modules = Array.isArray(target_modules) ? target_modules.join(', ') : target_modules;
  return [
    { name: 'peft_type', value: peft_type },
    { name: 'r', value: r === null ? 'not said' : formatInteger(r) },
    { name: 'lora_alpha', value: r === null || lora_alpha === null ? 'not said' : formatMeasure(lora_alpha) },
    { name: 'lora_dropout', value: lora_dropout === null ? 'not said' : formatMeasure(lora_dropout) },
    { name: 'target_modules', value: modules ?? 'not said' },
    { name: 'Parameters', value: formatInteger(parameters), more: `in ${formatInteger(tensors)} tensors` },
  ];
}
