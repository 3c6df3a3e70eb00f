import { readFileSync } from 'node:fs';
import { dataFile, whyWithout } from '@tests/imports/support';
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { compareBases } from '@/domain/estimates/compare-bases';
import { adapterBytes, findBaseModel } from '@/domain/estimates/models';
import { judgedRuns } from './peft-runs';

const FILE = 'peft_runs/peft_runs.csv';
const missing = whyWithout(FILE);
if (missing) console.warn(`tests/estimates/peft.test.ts ${missing}`);
const rows: Record<string, string>[] = missing ? [] : parse(readFileSync(dataFile(FILE)), { columns: true });

describe.skipIf(missing !== null)('real runs of PEFT', () => {
  test('are estimated better by the other runs than by the prior, each without itself', () => {
    const errors = compareBases(judgedRuns(rows));
    console.log('leave one out', errors);
    expect(errors?.runs).toBe(184);
    expect(errors?.ownRuns).toBeLessThan(errors?.prior ?? 0);
    expect(errors?.ownRunsInside).toBeGreaterThan(0.8);
  });

  test('are estimated better after a hundred runs than before, each by those before it alone', () => {
    const runs = judgedRuns(rows);
    const before = (index: number) => runs.slice(index + 1);
    const errors = compareBases(runs, (index) => (before(index).length >= 100 ? before(index) : null));
    console.log('after 100 runs', errors);
    expect(errors?.runs).toBe(84);
    expect(errors?.ownRuns).toBeLessThan(errors?.prior ?? 0);
  });

  test('left adapters of the size that is estimated, but for a few kilobytes of names', () => {
    const plain = rows.filter(
      (row) => row.peft_type === 'LORA' && row.target_modules === 'q_proj|v_proj' && row.use_dora === 'False',
    );
    const model = findBaseModel('meta-llama/Llama-3.2-3B');
    const over = plain
      .filter((row) => row.model_id === 'meta-llama/Llama-3.2-3B')
      .map((row) => Number(row.adapter_file_size_bytes) - adapterBytes(model, Number(row.rank)));
    expect(over.length).toBeGreaterThan(5);
    expect(over.filter((bytes) => bytes < 0 || bytes > 50_000)).toEqual([]);
  });
});
