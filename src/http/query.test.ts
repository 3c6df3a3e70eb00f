import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseQuery, refuseUnknown } from '@/http/query';
import type { PipelineError } from '@/lib/errors';

test('reads what URLSearchParams wrote, for any names and values', () => {
  const text = fc.string({ unit: 'grapheme' }).filter((each) => !each.includes('\0') && each.isWellFormed());
  const pairs = fc.uniqueArray(fc.tuple(text.filter(Boolean), text), { selector: ([name]) => name, maxLength: 6 });
  fc.assert(
    fc.property(pairs, (given) => {
      const read = parseQuery(`/api/costs?${new URLSearchParams(given)}#part`);
      expect(Object.entries(read).sort()).toEqual([...given].sort());
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['no query', '/a', {}],
  ['an empty query', '/a?', {}],
  ['a plus as a space', '/a?x=1+2', { x: '1 2' }],
  ['an escaped plus', '/a?x=1%2B2', { x: '1+2' }],
  ['a name without a value', '/a?x', { x: '' }],
  ['an equals sign in a value', '/a?x=a=b', { x: 'a=b' }],
  ['brackets in a name', '/a?filter%5Bjob%5D=1&filter[gpu]=2', { 'filter[job]': '1', 'filter[gpu]': '2' }],
  ['blanks around a value, which stay', '/a?x=%20y%20', { x: ' y ' }],
])('reads %s', (_, url, values) => {
  expect(parseQuery(url)).toEqual(values);
});

test.each([
  ['a parameter given twice', '/a?x=1&x=1', /"x" is given twice/],
  ['a parameter given twice, once escaped', '/a?x=1&%78=2', /"x" is given twice/],
  ['half an escape', '/a?x=%', /percent-encoding/],
  ['an escape that is none', '/a?x=%zz', /percent-encoding/],
  ['bytes that are not UTF-8', '/a?x=%ff', /percent-encoding/],
  ['an escaped surrogate', '/a?x=%ED%A0%80', /percent-encoding/],
  ['NUL', '/a?x=a%00', /NUL/],
  ['NUL in a name', '/a?%00=a', /NUL/],
])('refuses %s', (_, url, sentence) => {
  expect(() => parseQuery(url)).toThrow(
    expect.objectContaining({ code: 'bad_input', details: expect.stringMatching(sentence) }),
  );
});

test('__proto__ is a name like any other, and unknown', () => {
  const values = parseQuery('/a?__proto__=1&constructor=2');
  expect(Object.keys(values)).toEqual(['__proto__', 'constructor']);
  expect(() => refuseUnknown('parameter', Object.keys(values), ['period'])).toThrow(/__proto__/);
});

test.each([
  ['perod', 'did you mean "period"?'],
  ['peroid', 'did you mean "period"?'],
  ['startdate', 'did you mean "start_date"?'],
  ['Limit', 'did you mean "limit"?'],
  ['colour', 'send only period, start_date, limit.'],
  ['x'.repeat(10_000), 'send only period, start_date, limit.'],
])('an unknown name %.20s gets help', (name, help) => {
  let details = '';
  try {
    refuseUnknown('parameter', [name], ['period', 'start_date', 'limit']);
  } catch (error) {
    details = (error as PipelineError).details;
  }
  expect(details).toContain(help);
  expect(details.length).toBeLessThan(200);
});
