import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { LONGEST_CONFIG, readAdapterConfig, writeAdapterConfig } from '@/lib/adapter-config';

const DATA = process.env.PIPELINE_TEST_DATA ?? path.resolve('../shared/data');
const CONFIGS = path.join(DATA, 'lora', 'adapter_configs');

const small = { peft_type: 'LORA', r: 8, lora_alpha: 16, lora_dropout: 0.05, target_modules: ['q_proj'], bias: 'none' };

describe('an adapter configuration', () => {
  it('gives what every method has, and keeps the rest', () => {
    expect(readAdapterConfig(JSON.stringify(small))).toEqual({
      peft_type: 'LORA',
      base_model_name_or_path: null,
      task_type: null,
      r: 8,
      lora_alpha: 16,
      lora_dropout: 0.05,
      target_modules: ['q_proj'],
      rest: { bias: 'none' },
    });
  });

  it('is written as it was read', () => {
    const text = writeAdapterConfig(readAdapterConfig(JSON.stringify(small)));
    expect(JSON.parse(text)).toEqual(small);
    expect(Object.keys(JSON.parse(text))).toEqual(Object.keys(small).sort());
  });

  it.each<[string, string]>([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['no method', '{"r": 8}'],
    ['a method that is no name', '{"peft_type": "<script>"}'],
    ['a rank that is a text', '{"peft_type": "LORA", "r": "8"}'],
    ['a negative rank', '{"peft_type": "LORA", "r": -1}'],
    ['modules that are numbers', '{"peft_type": "LORA", "target_modules": [1]}'],
    ['a base model that is an object', '{"peft_type": "LORA", "base_model_name_or_path": {}}'],
    ['a megabyte of blanks', ' '.repeat(LONGEST_CONFIG + 1)],
  ])('that is %s is refused', (_, text) => {
    expect(() => readAdapterConfig(text)).toThrow(RangeError);
  });
});

describe('real configurations', () => {
  const files = existsSync(CONFIGS) ? readdirSync(CONFIGS).filter((name) => name.endsWith('.json')) : [];

  it.skipIf(files.length === 0)(
    'are read, and written with the same content (skipped: no adapter_configs there)',
    () => {
      expect(files.length).toBeGreaterThan(100);
      for (const name of files) {
        const text = readFileSync(path.join(CONFIGS, name), 'utf8');
        const original = JSON.parse(text) as Record<string, unknown>;
        const config = readAdapterConfig(text);
        expect(config.peft_type, name).toBe(original.peft_type);
        expect(config.r, name).toBe(original.r ?? null);
        const again = JSON.parse(writeAdapterConfig(config)) as Record<string, unknown>;
        // a field of ours that is null is left out; PEFT takes both for the same
        const lost = Object.keys(original).filter((key) => !(key in again) && original[key] !== null);
        expect(lost, name).toEqual([]);
        for (const key of Object.keys(again)) expect(again[key], `${name}: ${key}`).toEqual(original[key]);
      }
    },
  );
});
