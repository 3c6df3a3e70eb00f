import type { ListedPrice } from '@/domain/prices/schema';
import { type HyperField, type HyperValues, type JobChoices, trainersOf } from './job-choices';

/** What has been typed and chosen, as it stands in the fields. */
export interface JobForm {
  name: string;
  dataset: string;
  baseModel: string;
  trainer: string;
  executor: string;
  preset: string;
  /** `priceKey` of what is rented. */
  price: string;
  gpuCount: string;
  maxMinutes: string;
  hyper: Readonly<Record<string, string | boolean>>;
}

type PriceName = Pick<ListedPrice, 'provider' | 'sku' | 'region' | 'purchase_option'>;

/** What tells the prices apart. */
export const priceKey = ({ provider, sku, region, purchase_option }: PriceName): string =>
  JSON.stringify([provider, sku, region, purchase_option]);

const presetValues = ({ presets }: JobChoices, name: string): HyperValues =>
  presets.find((preset) => preset.name === name)?.values ?? {};

const asText = (value: number | boolean | undefined): string | boolean =>
  typeof value === 'boolean' ? value : value === undefined ? '' : String(value);

const hyperOf = (choices: JobChoices, preset: string): JobForm['hyper'] =>
  Object.fromEntries(choices.fields.map(({ name }) => [name, asText(presetValues(choices, preset)[name])]));

/** A form as it is opened. */
export function newForm(choices: JobChoices, dataset: string | null): JobForm {
  const { preset, base_model: baseModel, trainer } = choices.defaults;
  return {
    name: '',
    dataset: dataset ?? '',
    baseModel,
    trainer,
    executor: choices.executors[0] ?? '',
    preset,
    price: '',
    gpuCount: '1',
    maxMinutes: '',
    hyper: hyperOf(choices, preset),
  };
}

/** The same form with the values of another preset. */
export const withPreset = (form: JobForm, choices: JobChoices, preset: string): JobForm => ({
  ...form,
  preset,
  hyper: hyperOf(choices, preset),
});

/** The same form with another model, and a trainer that can train it. */
export function withModel(form: JobForm, choices: JobChoices, baseModel: string): JobForm {
  const able = trainersOf(choices, baseModel);
  return { ...form, baseModel, trainer: able.includes(form.trainer) ? form.trainer : (able[0] ?? form.trainer) };
}

/** The price that a form starts with: that of this machine, else the first. */
export function startPrice(prices: readonly ListedPrice[], { defaults }: JobChoices): ListedPrice | undefined {
  return prices.find(({ provider, sku }) => provider === defaults.provider && sku === defaults.sku) ?? prices[0];
}

const range = ({ kind, min, max }: HyperField): string =>
  `Type a ${kind === 'integer' ? 'whole ' : ''}number from ${min} to ${max}.`;

/** A typed number, or the sentence that says what to type. */
function readNumber(text: string | boolean, field: HyperField): number | string {
  const value = typeof text === 'string' && text.trim() !== '' ? Number(text) : Number.NaN;
  const isFine = Number.isFinite(value) && value >= field.min && value <= field.max;
  return isFine && (field.kind === 'number' || Number.isInteger(value)) ? value : range(field);
}

/** What a form asks the API for, or by field what is wrong with it. */
export interface ReadForm {
  /** Body of the question for an estimate; null while something is wrong. */
  config: Record<string, unknown> | null;
  problems: Readonly<Record<string, string>>;
  /** Hyperparameters that differ from the preset. */
  changed: readonly string[];
}

const GPUS: HyperField = { name: 'gpu_count', kind: 'integer', min: 1, max: 64 };
const MINUTES: HyperField = { name: 'max_runtime_minutes', kind: 'integer', min: 1, max: 43_200 };

/** Reads a form; `price` is what its choice of a price means. */
export function readForm(form: JobForm, choices: JobChoices, price: ListedPrice | undefined): ReadForm {
  const problems: Record<string, string> = {};
  const take = (text: string | boolean, field: HyperField): number | undefined => {
    const read = readNumber(text, field);
    if (typeof read === 'number') return read;
    problems[field.name] = read;
    return undefined;
  };
  const preset = presetValues(choices, form.preset);
  const changed: Record<string, number | boolean> = {};
  for (const field of choices.fields) {
    const text = form.hyper[field.name] ?? '';
    const value = field.kind === 'boolean' ? text === true : take(text, field);
    if (value !== undefined && value !== preset[field.name]) changed[field.name] = value;
  }
  const gpuCount = take(form.gpuCount, GPUS);
  const minutes = form.maxMinutes.trim() === '' ? undefined : take(form.maxMinutes, MINUTES);
  if (form.dataset === '') problems.dataset_id = 'Choose a dataset.';
  const names = Object.keys(changed);
  if (Object.keys(problems).length > 0 || price === undefined) return { config: null, problems, changed: names };
  const { provider, sku, region, purchase_option } = price;
  const config = {
    dataset_id: form.dataset,
    base_model: form.baseModel,
    preset: form.preset,
    hyperparameters: changed,
    trainer: form.trainer,
    executor: form.executor,
    provider,
    sku,
    region,
    purchase_option,
    gpu_count: gpuCount,
    ...(minutes === undefined ? {} : { max_runtime_minutes: minutes }),
  };
  return { config, problems, changed: names };
}

/** The body that starts the job: the same question with a name, where there is one. */
export const jobBody = (config: Record<string, unknown>, name: string): Record<string, unknown> =>
  name.trim() === '' ? config : { ...config, name: name.trim() };

/** A refusal of the API taken apart: which field it is about, and what it says; null: about no single field. */
export function fieldOfRefusal(details: string): { field: string; sentence: string } | null {
  const match = /^(?:hyperparameters\.)?([a-z_]{1,40}): (.+)$/s.exec(details);
  const [, field = '', rest = ''] = match ?? [];
  return match === null ? null : { field, sentence: `${rest.charAt(0).toUpperCase()}${rest.slice(1)}` };
}
