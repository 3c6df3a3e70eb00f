import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson } from '@/http/json';
import { PipelineError } from '@/lib/errors';

const detailsOf = (text: string): string => {
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof PipelineError && error.code === 'bad_input') return error.details;
    throw error;
  }
  throw new Error(`accepted: ${text.slice(0, 100)}`);
};

const zeroWithoutSign = (_: string, value: unknown) => (value === 0 ? 0 : value);

test('reads what JSON.parse reads, for any value it can print', () => {
  const plain = fc.jsonValue({ maxDepth: 5, noUnicodeString: false }).filter((value) => {
    const text = JSON.stringify(value);
    return !/\\u0000|\\ud[89a-f]|__proto__|constructor/i.test(text);
  });
  fc.assert(
    fc.property(plain, fc.constantFrom(0, 1, 4), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(parseJson(text)).toEqual(JSON.parse(text, zeroWithoutSign));
    }),
    { numRuns: 2_000 },
  );
});

test('accepts exactly the texts that JSON.parse accepts, beside its own rules', () => {
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '"a"',
    '"b"',
    '"\\n"',
    '"\\x"',
    '1',
    '-',
    '0',
    '01',
    '.5',
    '1e5',
    'true',
    'nul',
    ' ',
    '\n',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 9 }), (parts) => {
      const text = parts.join('');
      const ours = attempt(() => parseJson(text));
      const theirs = attempt(() => JSON.parse(text, zeroWithoutSign));
      if (theirs.ok && !ours.ok) expect(ours.message).toMatch(/twice|digits/);
      else expect(ours.ok).toBe(theirs.ok);
      if (theirs.ok && ours.ok) expect(ours.value).toEqual(theirs.value);
    }),
    { numRuns: 8_000 },
  );
});

function attempt(read: () => unknown): { ok: true; value: unknown } | { ok: false; message: string } {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    return { ok: false, message: String(error) };
  }
}

test.each([
  ['a name given twice', '{"a":1,"a":2}', /"a" twice/],
  ['the same name escaped', '{"a":1,"\\u0061":2}', /"a" twice/],
  ['__proto__', '{"__proto__":{"admin":true}}', /__proto__/],
  ['__proto__ escaped and deep', '{"a":[{"\\u005f_proto__":1}]}', /__proto__/],
  ['constructor.prototype', '{"constructor":{"prototype":{"x":1}}}', /constructor\.prototype/],
  ['NUL in a value', '{"a":"\\u0000"}', /NUL/],
  ['NUL in a name', '{"\\u0000":1}', /NUL/],
  ['a lone surrogate', '{"a":"\\ud800"}', /surrogate/],
  ['surrogates the wrong way round', '{"a":"\\udc00\\ud800"}', /surrogate/],
  ['a raw control character', '{"a":"\n"}', /control character/],
  ['1e400', '{"a":1e400}', /digits/],
  ['1e-400', '{"a":1e-400}', /digits/],
  ['2^53 + 1', '{"a":9007199254740993}', /digits/],
  ['40 digits', `{"a":${'1234567890'.repeat(4)}}`, /digits/],
  ['money finer than a double', '{"a":1234567.1234567891}', /digits/],
  ['an exponent of 10,000 digits', `{"a":1e${'9'.repeat(10_000)}}`, /digits/],
  ['NaN', '{"a":NaN}', /not JSON/],
  ['a trailing comma', '{"a":1,}', /not JSON/],
  ['two documents', '{} {}', /not JSON/],
  ['an empty text', '', /not JSON/],
  ['a bad escape', '{"a":"\\x"}', /not JSON/],
  ['an open string', '{"a":"b', /not JSON/],
  ['depth 33', '['.repeat(33) + ']'.repeat(33), /nested too deeply/],
  ['depth 10,000', '{"a":'.repeat(10_000), /nested too deeply/],
  ['1,001 names', `{${Array.from({ length: 1_001 }, (_, i) => `"k${i}":1`).join(',')}}`, /too many names/],
])('refuses %s', (_, text, sentence) => {
  expect(detailsOf(text)).toMatch(sentence);
});

test.each([
  ['depth 32', '['.repeat(32) + ']'.repeat(32)],
  ['1,000 names', `{${Array.from({ length: 1_000 }, (_, i) => `"k${i}":1`).join(',')}}`],
  ['a pair of surrogates', '{"a":"\\ud83d\\ude00"}'],
  ['right-to-left text', '{"a":"\\u202eabc"}'],
  ['15 digits', '{"a":123456789012345}'],
  ['2^53', '{"a":9007199254740992}'],
  ['a double as every language prints it', '{"a":0.30000000000000004}'],
  ['zeros that mean nothing', '{"a":1.50000000000000000000}'],
  ['an exponent', '{"a":1.5e3,"b":25E-2}'],
  ['a name "constructor"', '{"constructor":"x","prototype":{}}'],
])('takes %s', (_, text) => {
  expect(parseJson(text)).toEqual(JSON.parse(text));
});

test('minus zero is zero', () => {
  expect(Object.is(parseJson('-0'), 0)).toBe(true);
  expect(Object.is(parseJson('-0.0e5'), 0)).toBe(true);
});

test('a name of an object never reaches the prototype of all objects', () => {
  const value = parseJson('{"toString":1,"hasOwnProperty":2,"constructor":3}');
  expect(Object.keys(value as object)).toEqual(['toString', 'hasOwnProperty', 'constructor']);
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
});
