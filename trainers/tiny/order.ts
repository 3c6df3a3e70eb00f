import { readFile } from 'node:fs/promises';
import { BASE_MODEL, MODULES, type ModuleName, TINY } from './shape.ts';

/** What is asked of a trainer: `order.json`, as `docs/progress-protocol.md` describes it. */
export interface Order {
  readonly settings: Settings;
  readonly dataset: { readonly path: string; readonly format: string; readonly validationShare: number } | null;
  /** Null: as many as the rows and epochs make. */
  readonly totalSteps: number | null;
  /** A checkpoint to go on from, or a folder of them. */
  readonly resumeFrom: string | null;
  readonly outputFolder: string;
  readonly checkpointFolder: string;
}

/** The hyperparameters, by the names of PEFT and Transformers. */
export interface Settings {
  readonly learning_rate: number;
  readonly per_device_train_batch_size: number;
  readonly gradient_accumulation_steps: number;
  readonly num_train_epochs: number;
  readonly r: number;
  readonly lora_alpha: number;
  readonly lora_dropout: number;
  readonly target_modules: readonly ModuleName[];
  readonly warmup_ratio: number;
  readonly lr_scheduler_type: 'linear' | 'cosine';
  readonly weight_decay: number;
  readonly max_grad_norm: number;
  readonly max_length: number;
  readonly packing: boolean;
  readonly eval_steps: number;
  readonly save_steps: number;
  readonly seed: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** An order that cannot be carried out; the sentence says what it should be instead. */
export class BadOrder extends Error {}

function fieldsOf(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new BadOrder(`${name} is no object`);
  return value as Fields;
}

function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string' || value === '') throw new BadOrder(`${name} must be a text`);
  return value;
}

function number(fields: Fields, name: string, least: number, most: number, otherwise: number): number {
  const value = fields[name] ?? otherwise;
  if (typeof value !== 'number' || !(value >= least && value <= most)) {
    throw new BadOrder(`${name} must be a number from ${least} to ${most}`);
  }
  return value;
}

function whole(fields: Fields, name: string, least: number, most: number, otherwise: number): number {
  const value = number(fields, name, least, most, otherwise);
  if (!Number.isInteger(value)) throw new BadOrder(`${name} must be a whole number`);
  return value;
}

function modules(value: unknown): readonly ModuleName[] {
  if (value === undefined || value === null || value === 'all-linear') return MODULES;
  const chosen = Array.isArray(value) ? MODULES.filter((name) => value.includes(name)) : [];
  if (!Array.isArray(value) || chosen.length === 0 || chosen.length !== new Set(value).size) {
    throw new BadOrder(`target_modules must be a list of ${MODULES.join(', ')}`);
  }
  return chosen;
}

function settings(given: Fields): Settings {
  const scheduler = given.lr_scheduler_type ?? 'linear';
  if (scheduler !== 'linear' && scheduler !== 'cosine') {
    throw new BadOrder('lr_scheduler_type must be linear or cosine');
  }
  return {
    learning_rate: number(given, 'learning_rate', 0, 1, 2e-4),
    per_device_train_batch_size: whole(given, 'per_device_train_batch_size', 1, 512, 8),
    gradient_accumulation_steps: whole(given, 'gradient_accumulation_steps', 1, 1024, 1),
    num_train_epochs: whole(given, 'num_train_epochs', 1, 100, 5),
    r: whole(given, 'r', 1, 512, 16),
    lora_alpha: number(given, 'lora_alpha', 0, 1024, 32),
    lora_dropout: number(given, 'lora_dropout', 0, 0.9, 0),
    target_modules: modules(given.target_modules),
    warmup_ratio: number(given, 'warmup_ratio', 0, 1, 0.03),
    lr_scheduler_type: scheduler,
    weight_decay: number(given, 'weight_decay', 0, 1, 0),
    max_grad_norm: number(given, 'max_grad_norm', 0, 1e6, 1),
    max_length: whole(given, 'max_length', 8, 131_072, TINY.context),
    packing: given.packing === true,
    eval_steps: whole(given, 'eval_steps', 1, 1_000_000, 50),
    save_steps: whole(given, 'save_steps', 1, 1_000_000, 50),
    seed: whole(given, 'seed', 0, 2 ** 31 - 1, 42),
  };
}

/**
 * Understands the text of an order. Names that this trainer does not know are left alone.
 *
 * @throws BadOrder with a sentence
 */
export function parseOrder(content: string): Order {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    throw new BadOrder('order.json is not JSON');
  }
  const fields = fieldsOf(value, 'order.json');
  if ((fields.base_model ?? BASE_MODEL) !== BASE_MODEL) {
    throw new BadOrder(
      `this trainer has one base model, ${BASE_MODEL}; ${String(fields.base_model)} needs another one`,
    );
  }
  const data = (fields.dataset ?? null) === null ? null : fieldsOf(fields.dataset, 'dataset');
  return {
    settings: settings(fieldsOf(fields.hyperparameters ?? {}, 'hyperparameters')),
    dataset: data && {
      path: text(data, 'path'),
      format: text(data, 'format'),
      validationShare: number(data, 'validation_share', 0, 0.9, 0),
    },
    totalSteps: whole(fields, 'total_steps', 0, 2 ** 31 - 1, 0) || null,
    resumeFrom: (fields.resume_from ?? null) === null ? null : text(fields, 'resume_from'),
    outputFolder: text(fields, 'output_dir'),
    checkpointFolder: text(fields, 'checkpoint_dir'),
  };
}

/** Reads the order of the working directory. */
export async function readOrder(file: string): Promise<Order> {
  return parseOrder(await readFile(file, 'utf8').catch(() => Promise.reject(new BadOrder(`${file} is not there`))));
}
