import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { dataFile, whyWithout } from '@tests/imports/support';
import { countTokens as countO200k } from 'gpt-tokenizer/encoding/o200k_base';
import llama3 from 'llama3-tokenizer-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TokenizerName } from '@/domain/datasets/tokenizers';
import { countInstructions } from './rows.oracle';
import { createDatasetWorld, type DatasetWorld, validated } from './support';

const TOTALS = 'lora/reference_totals.json';
const FILES = [
  'codealpaca_seed_tasks.jsonl',
  'gsm8k_train_slice.jsonl',
  'self_instruct_seed_tasks.jsonl',
  'self_instruct_user_instructions.jsonl',
] as const;

let world: DatasetWorld;
beforeAll(async () => {
  world = await createDatasetWorld();
});
afterAll(() => world.close());

/** Each text as a whole, straight from the library. */
const ORACLES: Partial<Record<TokenizerName, (text: string) => number>> = {
  o200k_base: (text) => countO200k(text, { disallowedSpecial: new Set() }),
  llama3: (text) => llama3.encode(text, { bos: false, eos: false }).length,
  bytes: (text) => Buffer.byteLength(text),
};

const why = whyWithout(TOTALS);
if (why) console.log(why);

describe.skipIf(why !== null)('the real sets of instructions', () => {
  const references = () =>
    JSON.parse(readFileSync(dataFile(TOTALS), 'utf8')).datasets as Record<
      string,
      { rows: number; bytes: number; sha256: string }
    >;

  test.each(FILES)('%s has the rows, repetitions and tokens that an independent count finds', async (name) => {
    const file = dataFile(`lora/datasets/${name}`);
    const counted = countInstructions(file);
    const reference = references()[name];
    const dataset = await validated(world, readFileSync(file), { tokenizer: 'o200k_base' });

    expect(dataset).toMatchObject({ status: 'ready', format: 'instruction', failure: null });
    expect({ bytes: dataset.bytes, sha256: dataset.sha256 }).toEqual({
      bytes: reference?.bytes,
      sha256: reference?.sha256,
    });
    expect(counted.rows + counted.empty).toBe(reference?.rows);
    expect(dataset.rows_total).toBe(counted.rows);
    expect(dataset.report).toMatchObject({
      rows_good: counted.rows,
      rows_bad: counted.empty,
      empty_answers: counted.empty,
      duplicates: counted.duplicates,
    });
    expect((dataset.rows_training ?? 0) + (dataset.rows_validation ?? 0)).toBe(counted.rows);
    const tokens = counted.pairs.map((pair) => pair.reduce((sum, text) => sum + (ORACLES.o200k_base?.(text) ?? 0), 0));
    expect(dataset.tokens).toBe(tokens.reduce((sum, n) => sum + n, 0));
    expect(dataset.report?.longest).toBe(Math.max(...tokens));
    for (const { from, to, rows } of dataset.report?.lengths ?? []) {
      expect(rows).toBe(tokens.filter((n) => n >= from && n < (to ?? Number.POSITIVE_INFINITY)).length);
    }
    console.log(`${name}: ${counted.rows} rows, ${counted.duplicates} repeated, ${dataset.tokens} tokens`);
  });

  test.each(['llama3', 'bytes'] as const)('tokens of %s equal those of each text as a whole', async (tokenizer) => {
    const file = dataFile(`lora/datasets/${FILES[2]}`);
    const { pairs } = countInstructions(file);
    const { tokens } = await validated(world, readFileSync(file), { tokenizer });
    expect(tokens).toBe(pairs.flat().reduce((sum, text) => sum + (ORACLES[tokenizer]?.(text) ?? 0), 0));
  });

  test('packed with gzip, with CR LF and with a byte order mark the rows are the same', async () => {
    const plain = readFileSync(dataFile(`lora/datasets/${FILES[1]}`));
    const found = await validated(world, plain);
    for (const variant of [
      gzipSync(plain),
      Buffer.from(plain.toString().replaceAll('\n', '\r\n')),
      Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), plain]),
      gzipSync(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), plain])),
      Buffer.from(`\n\n${plain.toString().replaceAll('\n', '\n \n')}`),
    ]) {
      const other = await validated(world, variant);
      for (const name of ['status', 'rows_total', 'rows_training', 'rows_validation', 'tokens', 'report'] as const) {
        expect(other[name]).toEqual(found[name]);
      }
    }
  });

  test('the share kept for validation is met, and a row falls on the same side in whatever file it is', async () => {
    const all = FILES.map((name) => readFileSync(dataFile(`lora/datasets/${name}`), 'utf8'));
    const parts = await Promise.all(all.map((text) => validated(world, text, { validation_share: '0.2' })));
    const whole = await validated(world, all.join(''), { validation_share: '0.2' });
    const validation = parts.reduce((sum, part) => sum + (part.rows_validation ?? 0), 0);
    expect(whole.rows_validation).toBe(validation);
    expect(validation / (whole.rows_total ?? 1)).toBeGreaterThan(0.15);
    expect(validation / (whole.rows_total ?? 1)).toBeLessThan(0.25);
    const none = await validated(world, all[0] ?? '', { validation_share: '0' });
    expect(none.rows_validation).toBe(0);
  });

  test('every row twice is that many repetitions, and the same split twice', async () => {
    const text = readFileSync(dataFile(`lora/datasets/${FILES[0]}`), 'utf8');
    const [once, twice] = [await validated(world, text), await validated(world, text + text)];
    expect(twice.rows_total).toBe((once.rows_total ?? 0) * 2);
    expect(twice.rows_validation).toBe((once.rows_validation ?? 0) * 2);
    expect(twice.report?.duplicates).toBe((once.rows_total ?? 0) + 2 * (once.report?.duplicates ?? 0));
  });

  test('a gzip file that was cut off, and one with a byte changed, are refused with a sentence', async () => {
    const packed = gzipSync(readFileSync(dataFile(`lora/datasets/${FILES[1]}`)));
    expect(await validated(world, packed.subarray(0, packed.length - 100))).toMatchObject({
      status: 'invalid',
      failure: 'The gzip file ends too early: it was cut off. Send it again.',
    });
    const bent = Buffer.from(packed);
    bent.fill(0, 5_000, 5_100);
    expect((await validated(world, bent)).failure).toContain('The gzip file is damaged');
  });
});
