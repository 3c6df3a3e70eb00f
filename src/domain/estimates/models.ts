import { badInput } from '@/lib/errors';

/** Inputs and outputs of a projection that LoRA adapts: it gets two matrices, inputs × rank and rank × outputs. */
type Projection = readonly [inputs: number, outputs: number];

/** What is known of a base model, as its published configuration says it. */
export interface BaseModel {
  /** As on the Hugging Face hub; the instructed variant has the same shape. */
  readonly names: readonly string[];
  readonly family: string;
  /** All of them, embeddings counted once where input and output share them. */
  readonly parameters: number;
  readonly layers: number;
  readonly hidden: number;
  /** What PEFT adapts in each layer unless told otherwise, which for most families is the query and the value. */
  readonly adapted: readonly Projection[];
  /** What is adapted outside the layers. */
  readonly adaptedOnce?: readonly Projection[];
  /** The longest sequence where it is short, tokens; longer rows are cut to it. */
  readonly context?: number;
  /** The only trainer that trains it. */
  readonly trainer?: string;
}

const withInstruct = (name: string): string[] => [name, `${name}-Instruct`];

/** A model whose query and value are projections of their own. */
const qv = (
  family: string,
  names: readonly string[],
  parameters: number,
  { layers, hidden, query, value }: { layers: number; hidden: number; query: number; value: number },
): BaseModel => ({
  family,
  names,
  parameters,
  layers,
  hidden,
  adapted: [
    [hidden, query],
    [hidden, value],
  ],
});

const llama = (name: string, parameters: number, layers: number, hidden: number, value: number): BaseModel =>
  qv('llama3', withInstruct(`meta-llama/${name}`), parameters, { layers, hidden, query: hidden, value });
const qwen2 = (name: string, parameters: number, layers: number, hidden: number, value: number): BaseModel =>
  qv('qwen', withInstruct(`Qwen/Qwen2.5-${name}`), parameters, { layers, hidden, query: hidden, value });
const qwen3 = (name: string, parameters: number, layers: number, hidden: number, query: number): BaseModel =>
  qv('qwen', [`Qwen/Qwen3-${name}`, `Qwen/Qwen3-${name}-Base`], parameters, { layers, hidden, query, value: 1024 });
const smol = (name: string, parameters: number, layers: number, hidden: number, value: number): BaseModel =>
  qv('smollm', withInstruct(`HuggingFaceTB/SmolLM2-${name}`), parameters, { layers, hidden, query: hidden, value });

/** The base models that can be estimated, by family and size. */
export const BASE_MODELS: readonly BaseModel[] = [
  {
    names: ['pipeline/tiny-byte-lm'],
    family: 'bytes',
    parameters: 115_712,
    layers: 2,
    hidden: 64,
    // every projection of a layer: query, key, value, output; gate, up, down
    adapted: [
      ...Array.from({ length: 4 }, (): Projection => [64, 64]),
      ...Array.from({ length: 3 }, (): Projection => [64, 128]),
    ],
    adaptedOnce: [[64, 264]],
    context: 256,
    trainer: 'tiny',
  },
  llama('Llama-3.2-1B', 1_235_814_400, 16, 2048, 512),
  llama('Llama-3.2-3B', 3_212_749_824, 28, 3072, 1024),
  llama('Llama-3.1-8B', 8_030_261_248, 32, 4096, 1024),
  llama('Llama-3.1-70B', 70_553_706_496, 80, 8192, 1024),
  qv('llama3', ['meta-llama/Llama-3.3-70B-Instruct'], 70_553_706_496, {
    layers: 80,
    hidden: 8192,
    query: 8192,
    value: 1024,
  }),
  qwen2('0.5B', 494_032_768, 24, 896, 128),
  qwen2('1.5B', 1_543_714_304, 28, 1536, 256),
  qwen2('3B', 3_085_938_688, 36, 2048, 256),
  qwen2('7B', 7_615_616_512, 28, 3584, 512),
  qwen2('14B', 14_770_033_664, 48, 5120, 1024),
  qwen2('32B', 32_763_876_352, 64, 5120, 1024),
  qwen2('72B', 72_706_203_648, 80, 8192, 1024),
  qwen3('0.6B', 596_049_920, 28, 1024, 2048),
  qwen3('1.7B', 1_720_574_976, 28, 2048, 2048),
  qwen3('4B', 4_022_468_096, 36, 2560, 4096),
  qwen3('8B', 8_190_735_360, 36, 4096, 4096),
  qwen3('14B', 14_768_307_200, 40, 5120, 5120),
  qv('mistral', ['mistralai/Mistral-7B-v0.3', 'mistralai/Mistral-7B-Instruct-v0.3'], 7_248_023_552, {
    layers: 32,
    hidden: 4096,
    query: 4096,
    value: 1024,
  }),
  qv('gemma', ['google/gemma-2-2b', 'google/gemma-2-2b-it'], 2_614_341_888, {
    layers: 26,
    hidden: 2304,
    query: 2048,
    value: 1024,
  }),
  qv('gemma', ['google/gemma-2-9b', 'google/gemma-2-9b-it'], 9_241_705_984, {
    layers: 42,
    hidden: 3584,
    query: 4096,
    value: 2048,
  }),
  qv('gemma', ['google/gemma-3-1b-pt', 'google/gemma-3-1b-it'], 999_885_952, {
    layers: 26,
    hidden: 1152,
    query: 1024,
    value: 256,
  }),
  {
    // these two have query, key and value in one projection
    family: 'phi',
    names: ['microsoft/Phi-3-mini-4k-instruct'],
    parameters: 3_821_079_552,
    layers: 32,
    hidden: 3072,
    adapted: [[3072, 9216]],
  },
  {
    family: 'phi',
    names: ['microsoft/phi-4'],
    parameters: 14_659_507_200,
    layers: 40,
    hidden: 5120,
    adapted: [[5120, 7680]],
  },
  qv('llama2', ['TinyLlama/TinyLlama-1.1B-Chat-v1.0'], 1_100_048_384, {
    layers: 22,
    hidden: 2048,
    query: 2048,
    value: 256,
  }),
  smol('135M', 134_515_008, 30, 576, 192),
  smol('360M', 361_821_120, 32, 960, 320),
  smol('1.7B', 1_711_376_384, 24, 2048, 2048),
];

const byName = new Map(BASE_MODELS.flatMap((model) => model.names.map((name) => [name, model] as const)));

/** All names, in the order of the catalogue. */
export const BASE_MODEL_NAMES: readonly string[] = [...byName.keys()];

/** @throws PipelineError `bad_input` that lists the models, each by its first name */
export function findBaseModel(name: string): BaseModel {
  const model = byName.get(name);
  if (model) return model;
  const models = BASE_MODELS.map(({ names: [first] }) => first).join(', ');
  throw badInput(`base_model: it is not known here. Send one of ${models}, or the instructed variant of one.`);
}

/** Trainable parameters of an adapter of rank `r` (Hu et al. 2021, "LoRA", section 4.1: each projection gets r × (in + out)). */
export function adapterParameters({ layers, adapted, adaptedOnce = [] }: BaseModel, r: number): number {
  const sizeOf = (projections: readonly Projection[]) => projections.reduce((sum, [i, o]) => sum + i + o, 0);
  return r * (layers * sizeOf(adapted) + sizeOf(adaptedOnce));
}

const BYTES_OF_FLOAT32 = 4;

/** Bytes of an adapter as PEFT writes it, in 32-bit numbers; the few kilobytes of names beside them are left out. */
export const adapterBytes = (model: BaseModel, r: number): number => adapterParameters(model, r) * BYTES_OF_FLOAT32;
