import type { TokenizerChoice } from '../datasets/tokenizer-choice';

/** A hyperparameter as a form asks for it. */
export interface HyperField {
  /** As in PEFT and Transformers. */
  name: string;
  kind: 'number' | 'integer' | 'boolean';
  min: number;
  max: number;
}

export type HyperValues = Readonly<Record<string, number | boolean>>;

/** What a form about a job offers; the server reads it from the rules that the API checks by. */
export interface JobChoices {
  fields: readonly HyperField[];
  presets: readonly { name: string; values: HyperValues }[];
  /** `trainer`: the only one that trains it; null: any that knows it. */
  models: readonly { name: string; trainer: string | null }[];
  trainers: readonly string[];
  executors: readonly string[];
  tokenizers: readonly TokenizerChoice[];
  defaults: { preset: string; base_model: string; trainer: string; provider: string; sku: string };
}

/** The models that one of the trainers here can train. */
export function trainableModels({ models, trainers }: JobChoices): string[] {
  const others = trainers.filter((trainer) => !models.some((model) => model.trainer === trainer));
  return models
    .filter(({ trainer }) => (trainer === null ? others.length > 0 : trainers.includes(trainer)))
    .map(({ name }) => name);
}

/** The trainers that can train a model. */
export function trainersOf({ models, trainers }: JobChoices, baseModel: string): string[] {
  const only = models.find(({ name }) => name === baseModel)?.trainer ?? null;
  const bound = new Set(models.map(({ trainer }) => trainer));
  return only === null ? trainers.filter((trainer) => !bound.has(trainer)) : trainers.filter((name) => name === only);
}
