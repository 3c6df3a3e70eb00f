// `node write-base-model.ts FOLDER`: the base model as files that Transformers opens, so that an adapter can be used there.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type BaseWeights, drawBaseModel, FINAL_GAIN, NORM_EPSILON, ROPE_THETA } from './base-model.ts';
import { writeWhole } from './files.ts';
import { fastArithmetic } from './matmul.ts';
import type { Matrix } from './matrix.ts';
import { type Tensor, writeSafetensors } from './safetensors.ts';
import { modulePath } from './shape.ts';
import { BEGINNING, END, PADDING } from './tokens.ts';

const MEMORY_BYTES = 16 * 1024 * 1024;

const matrix = (name: string, { rows, columns, data }: Matrix): Tensor => ({
  name: `${name}.weight`,
  shape: [rows, columns],
  data: Float32Array.from(data),
});

const gain = (name: string, length: number, value: number): Tensor => ({
  name: `${name}.weight`,
  shape: [length],
  data: new Float32Array(length).fill(value),
});

/** All weights, by the names that Transformers has for those of a Llama. */
function tensorsOf({ shape, embedding, layers, head }: BaseWeights): Tensor[] {
  return [
    matrix('model.embed_tokens', embedding),
    ...layers.flatMap((weights, layer) => [
      gain(`model.layers.${layer}.input_layernorm`, shape.hidden, 1),
      gain(`model.layers.${layer}.post_attention_layernorm`, shape.hidden, 1),
      ...Object.entries(weights).map(([name, each]) => matrix(modulePath(name as keyof typeof weights, layer), each)),
    ]),
    gain('model.norm', shape.hidden, FINAL_GAIN),
    matrix('lm_head', head),
  ];
}

const configOf = ({ shape }: BaseWeights): Record<string, unknown> => ({
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  vocab_size: shape.vocabulary,
  hidden_size: shape.hidden,
  intermediate_size: shape.inner,
  num_hidden_layers: shape.layers,
  num_attention_heads: shape.heads,
  num_key_value_heads: shape.heads,
  max_position_embeddings: shape.context,
  hidden_act: 'silu',
  rms_norm_eps: NORM_EPSILON,
  rope_theta: ROPE_THETA,
  attention_bias: false,
  mlp_bias: false,
  tie_word_embeddings: false,
  bos_token_id: BEGINNING,
  eos_token_id: END,
  pad_token_id: PADDING,
  torch_dtype: 'float32',
});

async function main(folder: string): Promise<void> {
  const base = drawBaseModel(fastArithmetic(MEMORY_BYTES));
  await mkdir(folder, { recursive: true });
  await writeWhole(path.join(folder, 'config.json'), `${JSON.stringify(configOf(base), null, 2)}\n`);
  await writeWhole(path.join(folder, 'model.safetensors'), writeSafetensors(tensorsOf(base), { format: 'pt' }));
}

await main(process.argv[2] ?? 'tiny-byte-lm');
