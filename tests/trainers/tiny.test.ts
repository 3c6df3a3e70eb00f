import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { runFolder, runTrainer, valuesOf, type Wishes } from './trainer-process';

const WORDS = ['red', 'green', 'blue', 'black', 'white', 'violet', 'orange', 'grey'];

/** Questions whose answers follow a rule that a small model can find. */
const ROWS = Array.from({ length: 64 }, (_, at) => {
  const word = WORDS[at % WORDS.length] ?? '';
  return { instruction: `Colour ${at}: ${word}?`, input: '', output: `It is ${word}, and ${word} it stays.` };
});

const jsonLines = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** A folder with an order on these lines, in the format of instructions. */
function folderWith(lines: string | Uint8Array, wishes: Wishes = {}, share = 0): string {
  const data = { path: '../rows.jsonl', format: 'instruction', validation_share: share };
  const folder = runFolder({ ...wishes, data });
  writeFileSync(path.join(folder, 'rows.jsonl'), lines);
  return folder;
}

const file = (folder: string, ...name: string[]): Buffer => readFileSync(path.join(folder, ...name));

describe('training on a rule', () => {
  it('lets the loss fall by more than half within 100 steps, also on rows that it has not seen', async () => {
    const folder = folderWith(jsonLines(ROWS), { total_steps: 100, hyperparameters: { eval_steps: 40 } }, 0.2);
    const { reports, code } = await runTrainer(folder);
    expect(code).toBe(0);
    const losses = valuesOf(reports, 'loss') as number[];
    expect(losses).toHaveLength(100);
    const mean = (of: readonly number[]): number => of.reduce((sum, each) => sum + each, 0) / of.length;
    expect(mean(losses.slice(0, 3))).toBeGreaterThan(5);
    expect(mean(losses.slice(-10))).toBeLessThan(2);
    const judged = valuesOf(reports, 'validation_loss') as number[];
    expect(judged).toHaveLength(3);
    expect(judged[2]).toBeLessThan(2.2);
  });

  it('tells phases, steps, rates and tokens in order', async () => {
    const hyperparameters = { eval_steps: 4, save_steps: 4 };
    const folder = folderWith(jsonLines(ROWS), { total_steps: 10, hyperparameters }, 0.2);
    const { reports } = await runTrainer(folder);
    const round = ['evaluation', 'checkpoint', 'training'];
    expect(valuesOf(reports, 'phase')).toEqual(['setup', 'training', ...round, ...round, 'evaluation', 'saving']);
    const steps = reports.filter((report) => 'loss' in report);
    expect(valuesOf(steps, 'step')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(new Set(valuesOf(steps, 'total'))).toEqual(new Set([10]));
    expect(valuesOf(reports, 'checkpoint')).toEqual([4, 8]);
    expect(valuesOf(steps, 'learning_rate')[0]).toBe(0.003);
    const tokens = valuesOf(steps, 'tokens') as number[];
    expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
    for (const step of steps) {
      expect(step.gradient_norm).toBeGreaterThan(0);
      expect(step.tokens_per_second).toBeGreaterThan(0);
      expect(step.epoch).toBeGreaterThan(0);
    }
  });

  it('makes as many steps as the rows and epochs ask for where the order names none', async () => {
    const hyperparameters = { num_train_epochs: 3, per_device_train_batch_size: 3, gradient_accumulation_steps: 2 };
    const { reports } = await runTrainer(folderWith(jsonLines(ROWS.slice(0, 20)), { hyperparameters }));
    expect(valuesOf(reports, 'loss')).toHaveLength(Math.ceil(20 / (3 * 2)) * 3);
  });

  it('reads packed files, packs rows, and marks its reports where it has no descriptor', async () => {
    const hyperparameters = { packing: true };
    const folder = folderWith(gzipSync(jsonLines(ROWS)), { total_steps: 3, hyperparameters });
    const { reports, printed, code } = await runTrainer(folder, { marked: true });
    expect({ code, reports }).toEqual({ code: 0, reports: [] });
    const marked = printed.filter((line) => line.startsWith('@pipeline '));
    expect(marked.map((line) => JSON.parse(line.slice(10)).step).filter(Boolean)).toEqual([1, 2, 3]);
  });
});

describe('a run that is killed', () => {
  it('goes on from its checkpoint with the same losses and the same adapter, to the bit', async () => {
    const hyperparameters = { lora_dropout: 0.2, weight_decay: 0.01, save_steps: 10, eval_steps: 15 };
    const wishes = { total_steps: 30, hyperparameters };
    const whole = folderWith(jsonLines(ROWS), wishes, 0.1);
    const wanted = await runTrainer(whole);
    const killed = folderWith(jsonLines(ROWS), wishes, 0.1);
    const broken = await runTrainer(killed, {
      seen: (report, child) => report.checkpoint === 10 && child.kill('SIGKILL'),
    });
    expect(broken.signal).toBe('SIGKILL');
    const resumed = folderWith(
      jsonLines(ROWS),
      { ...wishes, resume_from: path.join(killed, 'checkpoints/step-10') },
      0.1,
    );
    const found = await runTrainer(resumed);
    expect(found.code).toBe(0);
    for (const field of ['loss', 'gradient_norm', 'learning_rate', 'epoch']) {
      expect(valuesOf(found.reports, field)).toEqual(valuesOf(wanted.reports, field).slice(10));
    }
    expect(valuesOf(found.reports, 'validation_loss')).toEqual(valuesOf(wanted.reports, 'validation_loss'));
    expect(valuesOf(found.reports, 'tokens').at(-1)).toBe(valuesOf(wanted.reports, 'tokens').at(-1));
    for (const name of ['adapter_model.safetensors', 'training_summary.json']) {
      expect(file(resumed, 'output', name).equals(file(whole, 'output', name))).toBe(true);
    }
  });

  it('begins again where its checkpoint is of another run, and says so', async () => {
    const wishes = { total_steps: 4, hyperparameters: { save_steps: 2 } };
    const first = folderWith(jsonLines(ROWS), wishes);
    await runTrainer(first);
    expect(readdirSync(path.join(first, 'checkpoints'))).toEqual(['step-2']);
    const other = { ...wishes, resume_from: path.join(first, 'checkpoints') };
    const { reports, printed, code } = await runTrainer(folderWith(jsonLines(ROWS.slice(1)), other));
    expect(code).toBe(0);
    expect(valuesOf(reports, 'loss')).toHaveLength(4);
    expect(printed.join('\n')).toMatch(/begins again: it is of a run with other settings or other rows/);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('by %s stops within a step, with exit code 143', async (signal) => {
    const hyperparameters = { per_device_train_batch_size: 512, gradient_accumulation_steps: 100 };
    const many = jsonLines(Array.from({ length: 400 }, () => ROWS).flat());
    const folder = folderWith(many, { hyperparameters });
    const { reports, code } = await runTrainer(folder, {
      seen: (report, child) => report.phase === 'training' && child.kill(signal),
    });
    expect(code).toBe(143);
    expect(valuesOf(reports, 'loss')).toEqual([]);
    expect(existsSync(path.join(folder, 'output'))).toBe(false);
  });
});

describe('bad input', () => {
  it('of single rows is skipped and counted', async () => {
    const garbage = [
      '{',
      'null',
      '[1]',
      '"text"',
      '{"instruction":"x"}',
      '{"instruction":"x","output":" "}',
      '\u0000\uFFFD',
    ];
    const folder = folderWith(`\uFEFF${garbage.join('\n')}\n\n\r\n${jsonLines(ROWS.slice(0, 8))}`, { total_steps: 2 });
    const { printed, code } = await runTrainer(folder);
    expect(code).toBe(0);
    expect(printed.join('\n')).toMatch(/15 rows: 8 sequences.*\n7 rows were skipped/);
    expect(JSON.parse(file(folder, 'output/training_summary.json').toString()).data).toMatchObject({
      rows: 15,
      skipped: 7,
      training: 8,
    });
  });

  it.each([
    ['no row that is an example', (): string => folderWith('{}\n{"a":1}\n'), /none of the 2 rows/],
    ['an empty file', (): string => folderWith(''), /none of the 0 rows/],
    [
      'a packed file that is cut off',
      (): string => folderWith(gzipSync(jsonLines(ROWS)).subarray(0, 60)),
      /cannot be read/,
    ],
    ['a file that is not there', (): string => runFolder({ data: { path: 'none', format: 'text' } }), /cannot be read/],
    ['a format that nobody knows', (): string => runFolder({ data: { path: 'none', format: 'csv' } }), /format csv/],
    ['no dataset', (): string => runFolder({}), /names no dataset/],
  ])('%s ends the run as bad data, exit code 2', async (_, folder, message) => {
    const { reports, code } = await runTrainer(folder());
    expect(code).toBe(2);
    expect(reports.at(-1)).toEqual({ error: 'bad_data', message: expect.stringMatching(message) });
  });

  it('of an order ends the run with a sentence, exit code 1', async () => {
    const { reports, code } = await runTrainer(runFolder({ base_model: 'somebody/large' }));
    expect(code).toBe(1);
    expect(reports).toEqual([{ message: expect.stringMatching(/one base model.*somebody\/large/) }]);
  });

  it('of a learning rate far too high ends the run as diverged, exit code 3', async () => {
    const hyperparameters = { learning_rate: 1, r: 1, lora_alpha: 1024, warmup_ratio: 0 };
    const { reports, code } = await runTrainer(folderWith(jsonLines(ROWS), { total_steps: 100, hyperparameters }));
    expect(code).toBe(3);
    expect(reports.at(-1)).toEqual({ error: 'diverged', message: expect.stringMatching(/smaller learning_rate/) });
  });
});
