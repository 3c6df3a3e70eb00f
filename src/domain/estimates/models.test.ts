import { expect, test } from 'vitest';
import {
  adapterBytes,
  adapterParameters,
  BASE_MODEL_NAMES,
  BASE_MODELS,
  findBaseModel,
} from '@/domain/estimates/models';
import { sizesOf, TINY } from '../../../trainers/tiny/shape';

/** Vocabulary, hidden, layers, query, key and value, inner, whether input and output share embeddings, the rest of a layer. */
type Shape = readonly [number, number, number, number, number, number, boolean, number];

/** Published shapes; with the number of each kind of matrix they make the number of parameters. */
const SHAPES: Readonly<Record<string, Shape>> = {
  'meta-llama/Llama-3.2-1B': [128_256, 2048, 16, 2048, 512, 8192, true, 2 * 2048],
  'meta-llama/Llama-3.2-3B': [128_256, 3072, 28, 3072, 1024, 8192, true, 2 * 3072],
  'meta-llama/Llama-3.1-8B': [128_256, 4096, 32, 4096, 1024, 14_336, false, 2 * 4096],
  'meta-llama/Llama-3.1-70B': [128_256, 8192, 80, 8192, 1024, 28_672, false, 2 * 8192],
  'meta-llama/Llama-3.3-70B-Instruct': [128_256, 8192, 80, 8192, 1024, 28_672, false, 2 * 8192],
  'Qwen/Qwen2.5-0.5B': [151_936, 896, 24, 896, 128, 4864, true, 3 * 896 + 2 * 128],
  'Qwen/Qwen2.5-1.5B': [151_936, 1536, 28, 1536, 256, 8960, true, 3 * 1536 + 2 * 256],
  'Qwen/Qwen2.5-3B': [151_936, 2048, 36, 2048, 256, 11_008, true, 3 * 2048 + 2 * 256],
  'Qwen/Qwen2.5-7B': [152_064, 3584, 28, 3584, 512, 18_944, false, 3 * 3584 + 2 * 512],
  'Qwen/Qwen2.5-14B': [152_064, 5120, 48, 5120, 1024, 13_824, false, 3 * 5120 + 2 * 1024],
  'Qwen/Qwen2.5-32B': [152_064, 5120, 64, 5120, 1024, 27_648, false, 3 * 5120 + 2 * 1024],
  'Qwen/Qwen2.5-72B': [152_064, 8192, 80, 8192, 1024, 29_568, false, 3 * 8192 + 2 * 1024],
  'Qwen/Qwen3-0.6B': [151_936, 1024, 28, 2048, 1024, 3072, true, 2 * 1024 + 2 * 128],
  'Qwen/Qwen3-1.7B': [151_936, 2048, 28, 2048, 1024, 6144, true, 2 * 2048 + 2 * 128],
  'Qwen/Qwen3-4B': [151_936, 2560, 36, 4096, 1024, 9728, true, 2 * 2560 + 2 * 128],
  'Qwen/Qwen3-8B': [151_936, 4096, 36, 4096, 1024, 12_288, false, 2 * 4096 + 2 * 128],
  'Qwen/Qwen3-14B': [151_936, 5120, 40, 5120, 1024, 17_408, false, 2 * 5120 + 2 * 128],
  'mistralai/Mistral-7B-v0.3': [32_768, 4096, 32, 4096, 1024, 14_336, false, 2 * 4096],
  'google/gemma-2-2b': [256_000, 2304, 26, 2048, 1024, 9216, true, 4 * 2304],
  'google/gemma-2-9b': [256_000, 3584, 42, 4096, 2048, 14_336, true, 4 * 3584],
  'google/gemma-3-1b-pt': [262_144, 1152, 26, 1024, 256, 6912, true, 4 * 1152 + 2 * 256],
  'microsoft/Phi-3-mini-4k-instruct': [32_064, 3072, 32, 3072, 3072, 8192, false, 2 * 3072],
  'microsoft/phi-4': [100_352, 5120, 40, 5120, 1280, 17_920, false, 2 * 5120],
  'TinyLlama/TinyLlama-1.1B-Chat-v1.0': [32_000, 2048, 22, 2048, 256, 5632, false, 2 * 2048],
  'HuggingFaceTB/SmolLM2-135M': [49_152, 576, 30, 576, 192, 1536, true, 2 * 576],
  'HuggingFaceTB/SmolLM2-360M': [49_152, 960, 32, 960, 320, 2560, true, 2 * 960],
  'HuggingFaceTB/SmolLM2-1.7B': [49_152, 2048, 24, 2048, 2048, 8192, true, 2 * 2048],
};

const published = BASE_MODELS.filter(({ family }) => family !== 'bytes');

test.each(published.map((model) => [model.names[0] ?? '', model] as const))(
  '%s has the parameters that its shape makes',
  (name, model) => {
    const [vocabulary, hidden, layers, query, keyValue, inner, isTied, rest] = SHAPES[name] as Shape;
    const layer = 2 * hidden * query + 2 * hidden * keyValue + 3 * hidden * inner + rest;
    const embeddings = vocabulary * hidden * (isTied ? 1 : 2);
    expect([model.parameters, model.layers, model.hidden]).toEqual([
      embeddings + layers * layer + hidden,
      layers,
      hidden,
    ]);
    const adapted = model.adapted.reduce((sum, [inputs, outputs]) => sum + inputs + outputs, 0);
    const isFused = model.family === 'phi';
    expect(adapted).toBe(isFused ? hidden + query + 2 * keyValue : 2 * hidden + query + keyValue);
  },
);

test('the built-in model is as the trainer draws it', () => {
  const tiny = findBaseModel('pipeline/tiny-byte-lm');
  const layer = (['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const).map((name) =>
    sizesOf(TINY, name),
  );
  const head = sizesOf(TINY, 'lm_head');
  const weights = layer.reduce((sum, { inputs, outputs }) => sum + inputs * outputs, 0) * TINY.layers;
  expect(tiny.parameters).toBe(weights + 2 * TINY.vocabulary * TINY.hidden);
  expect([tiny.layers, tiny.hidden, tiny.context]).toEqual([TINY.layers, TINY.hidden, TINY.context]);
  const perRank = layer.reduce((sum, { inputs, outputs }) => sum + inputs + outputs, 0) * TINY.layers;
  expect(adapterParameters(tiny, 1)).toBe(perRank + head.inputs + head.outputs);
});

test('an adapter has rank × (inputs + outputs) numbers a projection, four bytes each', () => {
  // a real file has 15,088 bytes of names beside its numbers
  const llama = findBaseModel('meta-llama/Llama-3.2-3B-Instruct');
  expect(adapterParameters(llama, 64)).toBe(18_350_080);
  expect(adapterBytes(llama, 64)).toBe(73_415_408 - 15_088);
});

test('names are there once, and an unknown one is refused with all of them', () => {
  expect(new Set(BASE_MODEL_NAMES).size).toBe(BASE_MODEL_NAMES.length);
  expect(() => findBaseModel('gpt-5')).toThrow(/base_model: .*pipeline\/tiny-byte-lm.*Qwen\/Qwen3-8B/);
  expect(() => findBaseModel('__proto__')).toThrow(/base_model/);
});
