import { z } from 'zod';
import { tokenizerChoices } from '@/app/tokenizer-choices';
import type { JobChoices } from '@/components/jobs/job-choices';
import { hyperparameters, jobConfig, PRESETS } from '@/domain/estimates/job-config';
import { BASE_MODELS } from '@/domain/estimates/models';
import { runtime } from '@/http/runtime';

/** The part of a JSON Schema that says what a number may be. */
const described = z.object({
  properties: z.record(
    z.string(),
    z.object({
      type: z.enum(['number', 'integer', 'boolean']),
      minimum: z.number().optional(),
      maximum: z.number().optional(),
    }),
  ),
});

/** What a form about a job offers: read from the rules that the API checks by, so that both always say the same. */
export function jobChoices(): JobChoices {
  const { properties } = described.parse(z.toJSONSchema(hyperparameters));
  const { preset, base_model, trainer, provider, sku } = jobConfig.parse({ dataset_id: SOME_ID });
  const { offer } = runtime();
  return {
    fields: Object.entries(properties).map(([name, { type, minimum = 0, maximum = 1 }]) => ({
      name,
      kind: type,
      min: minimum,
      max: maximum,
    })),
    presets: Object.entries(PRESETS).map(([name, values]) => ({ name, values })),
    models: BASE_MODELS.flatMap((model) => model.names.map((name) => ({ name, trainer: model.trainer ?? null }))),
    trainers: offer.trainers,
    executors: offer.executors,
    tokenizers: tokenizerChoices().tokenizers,
    defaults: { preset, base_model, trainer, provider, sku },
  };
}

/** Of no dataset: the defaults are the same for every one. */
const SOME_ID = '00000000-0000-4000-8000-000000000000';
