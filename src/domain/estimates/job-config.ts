import { z } from 'zod';

const within = (name: string, least: number, most: number) =>
  z
    .number(`${name}: send a number from ${least} to ${most}`)
    .min(least, `${name}: send a number from ${least} to ${most}`)
    .max(most, `${name}: send a number from ${least} to ${most}`);
const whole = (name: string, least: number, most: number) =>
  z
    .int(`${name}: send a whole number from ${least} to ${most}`)
    .min(least, `${name}: send a whole number from ${least} to ${most}`)
    .max(most, `${name}: send a whole number from ${least} to ${most}`);

/** Names as in PEFT and Transformers. */
export const hyperparameters = z.strictObject({
  learning_rate: within('learning_rate', 1e-7, 1),
  per_device_train_batch_size: whole('per_device_train_batch_size', 1, 512),
  gradient_accumulation_steps: whole('gradient_accumulation_steps', 1, 1024),
  num_train_epochs: whole('num_train_epochs', 1, 100),
  r: whole('r', 1, 512),
  lora_alpha: within('lora_alpha', 1, 1024),
  lora_dropout: within('lora_dropout', 0, 0.9),
  warmup_ratio: within('warmup_ratio', 0, 0.5),
  weight_decay: within('weight_decay', 0, 1),
  max_length: whole('max_length', 8, 131_072),
  packing: z.boolean('packing: send true or false'),
  eval_steps: whole('eval_steps', 1, 1_000_000),
  save_steps: whole('save_steps', 1, 1_000_000),
  seed: whole('seed', 0, 2 ** 31 - 1),
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

/**
 * What somebody asks to be trained: the body of `POST /api/jobs/estimate`, and with a name that of `POST /api/jobs`.
 * `hyperparameters` replace single values of the preset; with `custom` they start from `balanced`.
 */
export const jobConfig = z.strictObject({
  dataset_id: z.uuid('dataset_id: send the id of a dataset'),
  base_model: z.string('base_model: send the name of a base model').min(1).max(200).default('pipeline/tiny-byte-lm'),
  preset: z.enum(PRESET_NAMES, `preset: send one of ${PRESET_NAMES.join(', ')}`).default('balanced'),
  hyperparameters: hyperparameters.partial().default({}),
  trainer: z.string('trainer: send the name of a trainer').min(1).max(50).default('tiny'),
  executor: z.string('executor: send the name of an executor').min(1).max(30).default('local'),
  /** As in the prices: `provider` and `sku` name what is rented. */
  provider: z.string('provider: send the provider of a price').min(1).max(50).default('local'),
  sku: z.string('sku: send the SKU of a price').min(1).max(100).default('this-machine'),
  gpu_count: whole('gpu_count', 1, 64).default(1),
  max_runtime_minutes: whole('max_runtime_minutes', 1, 60 * 24 * 30).optional(),
});
export type JobConfig = z.output<typeof jobConfig>;

/** The values that a run is made with. */
export const chosenHyperparameters = ({ preset, hyperparameters }: Pick<JobConfig, 'preset' | 'hyperparameters'>) =>
  ({ ...PRESETS[preset === 'custom' ? 'balanced' : preset], ...hyperparameters }) satisfies Hyperparameters;
