import { z } from 'zod';
import { PURCHASE_OPTIONS } from '@/domain/prices/schema';
import { UUID_PATTERN } from '@/lib/ids';

const within = (least: number, most: number) => {
  const help = `send a number from ${least} to ${most}`;
  return z.number(help).min(least, help).max(most, help);
};
const whole = (least: number, most: number) => {
  const help = `send a whole number from ${least} to ${most}`;
  return z.int(help).min(least, help).max(most, help);
};

/** Names as in PEFT and Transformers. */
export const hyperparameters = z.strictObject({
  learning_rate: within(1e-7, 1),
  per_device_train_batch_size: whole(1, 512),
  gradient_accumulation_steps: whole(1, 1024),
  num_train_epochs: whole(1, 100),
  r: whole(1, 512),
  lora_alpha: within(1, 1024),
  lora_dropout: within(0, 0.9),
  warmup_ratio: within(0, 0.5),
  weight_decay: within(0, 1),
  max_length: whole(8, 131_072),
  packing: z.boolean('send true or false'),
  eval_steps: whole(1, 1_000_000),
  save_steps: whole(1, 1_000_000),
  seed: whole(0, 2 ** 31 - 1),
});
export type Hyperparameters = z.output<typeof hyperparameters>;

const COMMON = {
  gradient_accumulation_steps: 1,
  warmup_ratio: 0.03,
  weight_decay: 0,
  max_length: 512,
  packing: false,
  eval_steps: 50,
  save_steps: 50,
  seed: 42,
} as const;

export const PRESETS = {
  conservative: {
    ...COMMON,
    learning_rate: 1e-4,
    per_device_train_batch_size: 4,
    num_train_epochs: 3,
    r: 8,
    lora_alpha: 16,
    lora_dropout: 0.05,
  },
  balanced: {
    ...COMMON,
    learning_rate: 2e-4,
    per_device_train_batch_size: 8,
    num_train_epochs: 5,
    r: 16,
    lora_alpha: 32,
    lora_dropout: 0.1,
  },
  aggressive: {
    ...COMMON,
    learning_rate: 3e-4,
    per_device_train_batch_size: 16,
    num_train_epochs: 10,
    r: 32,
    lora_alpha: 64,
    lora_dropout: 0.1,
  },
} as const satisfies Record<string, Hyperparameters>;
export type Preset = keyof typeof PRESETS | 'custom';
export const PRESET_NAMES = ['conservative', 'balanced', 'aggressive', 'custom'] as const satisfies readonly Preset[];

const PROVIDER_HELP = 'send the provider of a price, such as local; GET /api/prices lists them';
const SKU_HELP = 'send the SKU of a price, such as this-machine; GET /api/prices lists them';
const REGION_HELP = 'send the region of a price; GET /api/prices lists them';

/**
 * What somebody asks to be trained: the body of `POST /api/jobs/estimate`, and with a name that of `POST /api/jobs`.
 * `hyperparameters` replace single values of the preset; with `custom` they start from `balanced`.
 */
export const jobConfig = z.strictObject({
  dataset_id: z.string('send the id of a dataset').regex(UUID_PATTERN, 'send the id of a dataset, a UUID'),
  base_model: z.string('send the name of a base model').min(1).max(200).default('pipeline/tiny-byte-lm'),
  preset: z.enum(PRESET_NAMES, `send one of ${PRESET_NAMES.join(', ')}`).default('balanced'),
  hyperparameters: hyperparameters.partial().default({}),
  trainer: z.string('send the name of a trainer').min(1).max(50).default('tiny'),
  executor: z.string('send the name of an executor').min(1).max(30).default('local'),
  /** As in the prices: `provider` and `sku` name what is rented. */
  provider: z
    .string(PROVIDER_HELP)
    .regex(/^[a-z0-9._-]{1,50}$/, PROVIDER_HELP)
    .default('local'),
  sku: z
    .string(SKU_HELP)
    .regex(/^[A-Za-z0-9._/-]{1,100}$/, SKU_HELP)
    .default('this-machine'),
  /** Default: any region, else the only one; bought on demand, else in the only way. */
  region: z
    .string(REGION_HELP)
    .regex(/^[^\p{C}]{1,50}$/u, REGION_HELP)
    .optional(),
  purchase_option: z.enum(PURCHASE_OPTIONS, `send one of ${PURCHASE_OPTIONS.join(', ')}`).optional(),
  gpu_count: whole(1, 64).default(1),
  max_runtime_minutes: whole(1, 60 * 24 * 30).optional(),
});
export type JobConfig = z.output<typeof jobConfig>;

/** The values that a run is made with. */
export const chosenHyperparameters = ({ preset, hyperparameters }: Pick<JobConfig, 'preset' | 'hyperparameters'>) =>
  ({ ...PRESETS[preset === 'custom' ? 'balanced' : preset], ...hyperparameters }) satisfies Hyperparameters;
