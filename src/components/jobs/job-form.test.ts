import { describe, expect, it } from 'vitest';
import { type JobChoices, trainableModels, trainersOf } from '@/components/jobs/job-choices';
import {
  fieldOfRefusal,
  jobBody,
  newForm,
  priceKey,
  readForm,
  startPrice,
  withModel,
  withPreset,
} from '@/components/jobs/job-form';
import type { ListedPrice } from '@/domain/prices/schema';

const choices: JobChoices = {
  fields: [
    { name: 'r', kind: 'integer', min: 1, max: 512 },
    { name: 'learning_rate', kind: 'number', min: 1e-7, max: 1 },
    { name: 'packing', kind: 'boolean', min: 0, max: 1 },
  ],
  presets: [
    { name: 'balanced', values: { r: 16, learning_rate: 2e-4, packing: false } },
    { name: 'aggressive', values: { r: 32, learning_rate: 3e-4, packing: false } },
  ],
  models: [
    { name: 'own/tiny', trainer: 'tiny' },
    { name: 'meta/large', trainer: null },
  ],
  trainers: ['tiny'],
  executors: ['local'],
  tokenizers: [],
  defaults: { preset: 'balanced', base_model: 'own/tiny', trainer: 'tiny', provider: 'local', sku: 'here' },
};

const priceOf = (provider: string, sku: string): ListedPrice =>
  ({ provider, sku, region: 'any', purchase_option: 'owned' }) as ListedPrice;
const here = priceOf('local', 'here');
const opened = newForm(choices, 'd1');

describe('a form about a job', () => {
  it('asks for the preset as it is when nothing was changed', () => {
    const { config, problems, changed } = readForm(opened, choices, here);
    expect(problems).toEqual({});
    expect(changed).toEqual([]);
    expect(config).toEqual({
      dataset_id: 'd1',
      base_model: 'own/tiny',
      preset: 'balanced',
      hyperparameters: {},
      trainer: 'tiny',
      executor: 'local',
      provider: 'local',
      sku: 'here',
      region: 'any',
      purchase_option: 'owned',
      gpu_count: 1,
    });
  });

  it('sends what differs from the preset, and nothing that was typed back', () => {
    const hyper = { ...opened.hyper, r: ' 8 ', learning_rate: '2e-4', packing: true };
    const { config, changed } = readForm({ ...opened, hyper, maxMinutes: '90' }, choices, here);
    expect(changed).toEqual(['r', 'packing']);
    expect(config).toMatchObject({ hyperparameters: { r: 8, packing: true }, max_runtime_minutes: 90 });
  });

  it.each([
    ['', 'Type a whole number from 1 to 512.'],
    ['8.5', 'Type a whole number from 1 to 512.'],
    ['0', 'Type a whole number from 1 to 512.'],
    ['513', 'Type a whole number from 1 to 512.'],
    ['eight', 'Type a whole number from 1 to 512.'],
    ['Infinity', 'Type a whole number from 1 to 512.'],
  ])('asks nothing while r is %j, and says what to type', (r, sentence) => {
    const read = readForm({ ...opened, hyper: { ...opened.hyper, r } }, choices, here);
    expect(read).toMatchObject({ config: null, problems: { r: sentence } });
  });

  it('asks nothing without a dataset or before the prices are there', () => {
    expect(readForm({ ...opened, dataset: '' }, choices, here).problems).toEqual({ dataset_id: 'Choose a dataset.' });
    expect(readForm(opened, choices, undefined)).toMatchObject({ config: null, problems: {} });
  });

  it('takes all values of another preset', () => {
    const edited = { ...opened, hyper: { ...opened.hyper, r: '7' } };
    expect(withPreset(edited, choices, 'aggressive').hyper).toEqual({
      r: '32',
      learning_rate: '0.0003',
      packing: false,
    });
  });

  it('sends a name only where one was typed', () => {
    expect(jobBody({ a: 1 }, '  ')).toEqual({ a: 1 });
    expect(jobBody({ a: 1 }, ' night run ')).toEqual({ a: 1, name: 'night run' });
  });

  it('starts with the price of this machine', () => {
    const other = priceOf('cloud', 'big');
    expect(startPrice([other, here], choices)).toBe(here);
    expect(startPrice([other], choices)).toBe(other);
    expect(priceKey(here)).not.toBe(priceKey(other));
  });
});

describe('models and their trainers', () => {
  it('offers only what a trainer here can train', () => {
    expect(trainableModels(choices)).toEqual(['own/tiny']);
    expect(trainableModels({ ...choices, trainers: ['tiny', 'peft'] })).toEqual(['own/tiny', 'meta/large']);
  });

  it('takes a trainer that fits the model', () => {
    const both = { ...choices, trainers: ['tiny', 'peft'] };
    expect(trainersOf(both, 'meta/large')).toEqual(['peft']);
    expect(withModel(opened, both, 'meta/large').trainer).toBe('peft');
    expect(withModel(withModel(opened, both, 'meta/large'), both, 'own/tiny').trainer).toBe('tiny');
  });
});

describe('a refusal of the API', () => {
  it.each([
    ['gpu_count: send a whole number from 1 to 64.', 'gpu_count', 'Send a whole number from 1 to 64.'],
    ['hyperparameters.r: send a whole number from 1 to 512.', 'r', 'Send a whole number from 1 to 512.'],
    ['sku: local/x is not for GPUs. Send another one.', 'sku', 'Local/x is not for GPUs. Send another one.'],
  ])('%s belongs to its field', (details, field, sentence) => {
    expect(fieldOfRefusal(details)).toEqual({ field, sentence });
  });

  it('belongs to no field where it names none', () => {
    expect(fieldOfRefusal('The dataset "a" is still being checked. Wait until it is ready.')).toBeNull();
  });
});
