import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readHeader } from '@/domain/artifacts/safetensors';
import { readProgress } from '@/domain/training/progress';
import { readAdapterConfig } from '@/lib/adapter-config';
import { runFolder, runTrainer, valuesOf } from './trainer-process';

const DATA = path.join(process.env.PIPELINE_TEST_DATA ?? path.resolve('../shared/data'), 'lora');
const ABSENT = 'the real files are not here; PIPELINE_TEST_DATA names their folder';
const SETS = [
  'gsm8k_train_slice',
  'self_instruct_seed_tasks',
  'self_instruct_user_instructions',
  'codealpaca_seed_tasks',
];

const MODULES = ['down_proj', 'gate_proj', 'k_proj', 'lm_head', 'o_proj', 'q_proj', 'up_proj', 'v_proj'];
const INNER = ['gate_proj', 'up_proj'];

/** A reader of the format as its specification has it, for this test alone. */
function readTensors(bytes: Buffer) {
  const length = Number(bytes.readBigUInt64LE(0));
  const { __metadata__, ...header } = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors = Object.entries(header).map(
    ([
      name,
      {
        dtype,
        shape,
        data_offsets: [begin, end],
      },
    ]) => {
      const data = bytes.subarray(8 + length + begin, 8 + length + end);
      return {
        name,
        dtype,
        shape,
        values: Array.from({ length: data.length / 4 }, (_, at) => data.readFloatLE(at * 4)),
      };
    },
  );
  return { length, metadata: __metadata__, tensors };
}

describe('what the trainer leaves behind', () => {
  it('is an adapter that PEFT reads: names, shapes, numbers, configuration', async (context) => {
    const rows = path.join(DATA, 'datasets/codealpaca_seed_tasks.jsonl');
    if (!existsSync(rows)) return context.skip(ABSENT);
    const folder = runFolder({
      data: { path: rows, format: 'instruction' },
      total_steps: 3,
      hyperparameters: { r: 5 },
    });
    const { code } = await runTrainer(folder);
    expect(code).toBe(0);
    expect(readdirSync(path.join(folder, 'output')).sort()).toEqual([
      'adapter_config.json',
      'adapter_model.safetensors',
      'training_summary.json',
    ]);
    const bytes = readFileSync(path.join(folder, 'output/adapter_model.safetensors'));
    const { length, metadata, tensors } = readTensors(bytes);
    expect(length % 8).toBe(0);
    expect(metadata).toEqual({ format: 'pt' });
    expect(tensors).toHaveLength((7 * 2 + 1) * 2);
    for (const { name, dtype, shape, values } of tensors) {
      const [, module = '', half] =
        /^base_model\.model\.(?:model\.layers\.[01]\.(?:self_attn|mlp)\.)?(\w+)\.lora_([AB])\.weight$/.exec(name) ?? [];
      const inputs = module === 'down_proj' ? 128 : 64;
      const outputs = module === 'lm_head' ? 264 : INNER.includes(module) ? 128 : 64;
      expect(MODULES).toContain(module);
      expect({ name, dtype, shape }).toEqual({ name, dtype: 'F32', shape: half === 'A' ? [5, inputs] : [outputs, 5] });
      expect(values.every(Number.isFinite) && values.some((value) => value !== 0)).toBe(true);
    }
    expect(readHeader(bytes.subarray(8, 8 + length), bytes.length).tensors).toHaveLength(tensors.length);
  });

  it('has the fields that real configurations of LoRA have, with what plain LoRA has in them', async (context) => {
    const samples = path.join(DATA, 'adapter_configs');
    if (!existsSync(samples)) return context.skip(ABSENT);
    const rows = path.join(DATA, 'datasets/codealpaca_seed_tasks.jsonl');
    const folder = runFolder({ data: { path: rows, format: 'instruction' }, total_steps: 1 });
    await runTrainer(folder);
    const text = readFileSync(path.join(folder, 'output/adapter_config.json'), 'utf8');
    const ours = JSON.parse(text) as Record<string, unknown>;
    const real = JSON.parse(
      readFileSync(path.join(samples, 'MetaMathQA__lora__llama-3.2-3B-rank32.json'), 'utf8'),
    ) as Record<string, unknown>;
    expect(Object.keys(ours)).toEqual(Object.keys(real));
    const own = ['base_model_name_or_path', 'inference_mode', 'lora_alpha', 'lora_dropout', 'r', 'target_modules'];
    for (const [name, value] of Object.entries(real)) if (!own.includes(name)) expect(ours[name]).toEqual(value);
    expect(readAdapterConfig(text)).toMatchObject({
      peft_type: 'LORA',
      base_model_name_or_path: 'pipeline/tiny-byte-lm',
      task_type: 'CAUSAL_LM',
      r: 4,
      lora_alpha: 8,
      target_modules: expect.arrayContaining(MODULES),
    });
  });
});

describe('the base model as files', () => {
  it('has the shape of a small Llama, and the same bytes each time', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'pipeline-base-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const [first, second] = ['first', 'second'].map((name) => {
      execFileSync(process.execPath, [path.resolve('trainers/tiny/write-base-model.ts'), path.join(folder, name)]);
      return readFileSync(path.join(folder, name, 'model.safetensors'));
    });
    expect(first?.equals(second ?? Buffer.alloc(0))).toBe(true);
    const shapes = readTensors(first ?? Buffer.alloc(0)).tensors.map(({ name, shape }) => [name, shape] as const);
    expect(shapes).toHaveLength(2 * 9 + 3);
    expect(Object.fromEntries(shapes)).toMatchObject({
      'model.embed_tokens.weight': [264, 64],
      'model.layers.1.mlp.down_proj.weight': [64, 128],
      'model.norm.weight': [64],
      'lm_head.weight': [264, 64],
    });
    const config = JSON.parse(readFileSync(path.join(folder, 'first', 'config.json'), 'utf8'));
    expect(config).toMatchObject({ model_type: 'llama', vocab_size: 264, hidden_size: 64, num_hidden_layers: 2 });
  });
});

describe('real instructions', () => {
  it.for(SETS)('%s: every report is understood, and the loss falls', async (name, context) => {
    const rows = path.join(DATA, `datasets/${name}.jsonl`);
    if (!existsSync(rows)) return context.skip(ABSENT);
    const data = { path: rows, format: 'instruction', validation_share: 0.1 };
    const hyperparameters = { learning_rate: 1e-3, max_length: 96, eval_steps: 20, save_steps: 20 };
    const { reports, code } = await runTrainer(runFolder({ data, hyperparameters, total_steps: 60 }));
    expect(code).toBe(0);
    for (const report of reports) expect(readProgress(JSON.stringify(report))).toEqual(report);
    const losses = valuesOf(reports, 'loss') as number[];
    const mean = (of: readonly number[]): number => of.reduce((sum, each) => sum + each, 0) / of.length;
    expect(mean(losses.slice(0, 3))).toBeGreaterThan(5);
    expect(mean(losses.slice(-10))).toBeLessThan(4);
    const judged = valuesOf(reports, 'validation_loss') as number[];
    expect(judged).toHaveLength(3);
    expect(judged.toSorted((a, b) => b - a)).toEqual(judged);
  });
});
