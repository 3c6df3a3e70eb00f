import type { RunOrder } from '@/worker/executors/executor';

const HIDDEN = 8;

/** Tensors of 32-bit floats as a safetensors file: the header's length, the header, the numbers. */
function safetensors(tensors: Readonly<Record<string, { shape: readonly number[]; data: Float32Array }>>): Uint8Array {
  let offset = 0;
  const entries = Object.entries(tensors).map(([name, { shape, data }]) => {
    const from = offset;
    offset += data.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [from, offset] }] as const;
  });
  const text = JSON.stringify({ __metadata__: { format: 'pt' }, ...Object.fromEntries(entries) });
  const header = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const data = Object.values(tensors).map((tensor) => Buffer.from(tensor.data.buffer));
  return Buffer.concat([length, header, ...data]);
}

/** The same numbers for the same order, small and around nothing. */
const numbers = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => (((i + seed) * 2_654_435_761) % 1_000) / 10_000 - 0.05);

/** A small adapter that every reader of PEFT's files takes, and that nothing was trained for. */
export function syntheticAdapter({ hyperparameters, baseModel, number }: RunOrder): Record<string, Uint8Array> {
  const rank = Number(hyperparameters.r ?? 8);
  const layer = 'base_model.model.model.layers.0.self_attn.q_proj';
  const config = {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: baseModel,
    r: rank,
    lora_alpha: Number(hyperparameters.lora_alpha ?? 16),
    lora_dropout: Number(hyperparameters.lora_dropout ?? 0),
    target_modules: ['q_proj'],
    bias: 'none',
    inference_mode: true,
  };
  return {
    'adapter_config.json': Buffer.from(JSON.stringify(config, null, 2)),
    'adapter_model.safetensors': safetensors({
      [`${layer}.lora_A.weight`]: { shape: [rank, HIDDEN], data: numbers(rank * HIDDEN, number) },
      [`${layer}.lora_B.weight`]: { shape: [HIDDEN, rank], data: numbers(rank * HIDDEN, number + 1) },
    }),
  };
}
