import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { writeAdapterConfig } from '../../src/lib/adapter-config.ts';
import { writeWhole } from './files.ts';
import type { Adapter } from './lora.ts';
import type { Matrix } from './matrix.ts';
import type { Settings } from './order.ts';
import { type Tensor, writeSafetensors } from './safetensors.ts';
import { BASE_MODEL } from './shape.ts';

/** The rest of what PEFT 0.17 writes for plain LoRA: everything special is off. */
const PLAIN_LORA = {
  alpha_pattern: {},
  auto_mapping: null,
  bias: 'none',
  corda_config: null,
  eva_config: null,
  exclude_modules: null,
  fan_in_fan_out: false,
  inference_mode: true,
  init_lora_weights: true,
  layer_replication: null,
  layers_pattern: null,
  layers_to_transform: null,
  loftq_config: {},
  lora_bias: false,
  megatron_config: null,
  megatron_core: 'megatron.core',
  modules_to_save: null,
  rank_pattern: {},
  revision: null,
  use_dora: false,
  use_rslora: false,
} as const;

/** The configuration of an adapter, as PEFT reads it. */
export function adapterConfig(settings: Settings): string {
  return writeAdapterConfig({
    peft_type: 'LORA',
    base_model_name_or_path: BASE_MODEL,
    task_type: 'CAUSAL_LM',
    r: settings.r,
    lora_alpha: settings.lora_alpha,
    lora_dropout: settings.lora_dropout,
    target_modules: settings.target_modules,
    rest: PLAIN_LORA,
  });
}

function tensor(name: string, { data, start, rows, columns, rowStep }: Matrix): Tensor {
  const numbers = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const from = start + row * rowStep;
    numbers.set(data.subarray(from, from + columns), row * columns);
  }
  return { name, shape: [rows, columns], data: numbers };
}

/** The weights of an adapter under the names that PEFT looks for. */
export function adapterWeights(adapters: readonly Adapter[]): Uint8Array {
  const tensors = adapters.flatMap(({ path: module, a, b }) => [
    tensor(`base_model.model.${module}.lora_A.weight`, a.core),
    tensor(`base_model.model.${module}.lora_B.weight`, b.core),
  ]);
  return writeSafetensors(tensors, { format: 'pt' });
}

/** Leaves the adapter and what is to be known of it in the output folder. */
export async function writeAdapter(
  folder: string,
  settings: Settings,
  adapters: readonly Adapter[],
  summary: Readonly<Record<string, unknown>>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeWhole(path.join(folder, 'adapter_model.safetensors'), adapterWeights(adapters));
  await writeWhole(path.join(folder, 'adapter_config.json'), adapterConfig(settings));
  await writeWhole(path.join(folder, 'training_summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
}
