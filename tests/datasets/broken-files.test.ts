import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatasetWorld, type DatasetWorld, goodRows, linesOf, validated } from './support';

let world: DatasetWorld;
beforeAll(async () => {
  world = await createDatasetWorld();
});
afterAll(() => world.close());

const GOOD = linesOf(goodRows(100));
/** The good rows with one line in the middle that is not. */
const withLine = (line: string | Buffer): Buffer => {
  const half = linesOf(goodRows(50));
  return Buffer.concat([Buffer.from(half), Buffer.from(line as string), Buffer.from(`\n${GOOD.slice(half.length)}`)]);
};

describe('a bad row is left out and named by its line', () => {
  test.each<[string, string | Buffer, RegExp, 'unicode_faults' | 'empty_answers' | null]>([
    ['no JSON', '{"prompt": "x", "completion": ', /the line is not JSON/, null],
    ['a list', '[1, 2]', /no JSON object/, null],
    ['a number', '17', /no JSON object/, null],
    ['null', 'null', /no JSON object/, null],
    ['a field that is missing', '{"prompt": "x"}', /"completion" is missing/, null],
    ['a field that is no text', '{"prompt": "x", "completion": 5}', /"completion" is no text/, null],
    ['another format', '{"instruction": "x", "output": "y"}', /the row is Alpaca .* but the file is prompt/, null],
    ['an empty answer', '{"prompt": "x", "completion": " \\n "}', /"completion" is empty/, 'empty_answers'],
    ['an escaped NUL', '{"prompt": "x\\u0000", "completion": "y"}', /NUL/, 'unicode_faults'],
    ['half a surrogate pair', '{"prompt": "x", "completion": "\\ud800"}', /surrogate/, 'unicode_faults'],
    ['a raw NUL', '{"prompt": "x\0", "completion": "y"}', /the line is not JSON/, null],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), /not UTF-8/, 'unicode_faults'],
    ['a line of 10 MB', `{"prompt": "x", "completion": "${'a'.repeat(10_000_000)}"}`, /longer than 1 MB/, null],
    ['10,000 levels', `{"prompt": ${'['.repeat(10_000)}`, /the line is not JSON/, null],
    ['a name of every object', '{"__proto__": {"prompt": "x", "completion": "y"}}', /"prompt" is missing/, null],
  ])('%s', async (_name, line, reason, counter) => {
    const dataset = await validated(world, withLine(line));
    expect(dataset).toMatchObject({ status: 'ready', rows_total: 100, format: 'prompt_completion' });
    expect(dataset.report).toMatchObject({
      rows_good: 100,
      rows_bad: 1,
      errors: [{ line: 51, reason: expect.stringMatching(reason) }],
    });
    const { unicode_faults, empty_answers } = dataset.report ?? {};
    expect({ unicode_faults, empty_answers }).toEqual({
      unicode_faults: counter === 'unicode_faults' ? 1 : 0,
      empty_answers: counter === 'empty_answers' ? 1 : 0,
    });
  });
});

describe('a file that is none is refused with a sentence that helps', () => {
  const list = JSON.stringify(goodRows(100));
  test.each<[string, string | Buffer, RegExp]>([
    ['an empty file', '', /holds no rows/],
    ['blank lines only', '\n \r\n\n', /holds no rows/],
    ['an empty gzip file', gzipSync(''), /holds no rows/],
    ['one JSON list', list, /one JSON list.*jq -c/],
    ['one JSON list over many lines', JSON.stringify(goodRows(100), null, 2), /one JSON list.*jq -c/],
    ['JSON over many lines', JSON.stringify(goodRows(1)[0], null, 2), /spreads JSON over several lines/],
    ['bytes without meaning', Buffer.concat([Buffer.from([0]), randomBytes(100_000)]), /not text/],
    ['a program', Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01'), Buffer.alloc(5_000)]), /not text/],
    ['a zip archive', Buffer.from('PK\x03\x04 and more'), /zip archive/],
    ['a Parquet file', Buffer.from('PAR1 and more'), /Parquet/],
    ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3]), /zstd/],
    ['gzip in gzip', gzipSync(gzipSync(GOOD)), /None of|not text/],
    ['UTF-16', Buffer.from(`\ufeff${GOOD}`, 'utf16le'), /UTF-16/],
    ['CSV', 'prompt,completion\na,b\nc,d\n', /None of the first rows is of a format that we know/],
    ['objects of no format', linesOf([{ a: 1 }, { b: 2 }]), /None of the first rows is of a format that we know/],
    [
      'rows that are all bad',
      linesOf([{ prompt: 1, completion: 2 }]),
      /None of the 1 row can be used. Line 1: "prompt" is no text/,
    ],
  ])('%s', async (_name, content, sentence) => {
    expect(await validated(world, content)).toMatchObject({
      status: 'invalid',
      failure: expect.stringMatching(sentence),
    });
  });

  test('a gzip file that unpacks to 1,000 times its size', async () => {
    const bomb = gzipSync(Buffer.alloc(100_000_000, ' '));
    expect(await validated(world, bomb)).toMatchObject({
      status: 'invalid',
      failure: expect.stringContaining('200 times'),
    });
  });
});

test('more than a tenth of bad rows makes a file invalid, a tenth does not', async () => {
  const bad = (n: number) => '{"prompt": "x"}\n'.repeat(n);
  expect(await validated(world, linesOf(goodRows(90)) + bad(10))).toMatchObject({ status: 'ready', rows_total: 90 });
  expect(await validated(world, linesOf(goodRows(89)) + bad(11))).toMatchObject({
    status: 'invalid',
    rows_total: 89,
    failure: '11 rows of 100 rows cannot be used, more than a tenth. Line 90: "completion" is missing.',
  });
});

test('a mixed file is of the format that most of its first rows have', async () => {
  const chat = Array.from({ length: 60 }, (_, i) => ({
    messages: [
      { role: 'user', content: `hello ${i}` },
      { role: 'assistant', content: `hi ${i}` },
    ],
  }));
  const dataset = await validated(world, linesOf([...goodRows(3), ...chat]));
  expect(dataset).toMatchObject({ status: 'ready', format: 'messages', rows_total: 60 });
  expect(dataset.report?.errors.map(({ line }) => line)).toEqual([1, 2, 3]);
});

test('of many bad rows the first hundred are kept and all are counted', async () => {
  const dataset = await validated(world, linesOf(goodRows(5_000)) + 'x\n'.repeat(300));
  expect(dataset.report?.rows_bad).toBe(300);
  expect(dataset.report?.errors.map(({ line }) => line)).toEqual(Array.from({ length: 100 }, (_, i) => 5_001 + i));
});

test('the last line may end by nothing', async () => {
  expect(await validated(world, GOOD.trimEnd())).toMatchObject({ status: 'ready', rows_total: 100 });
});
