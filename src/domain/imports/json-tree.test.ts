import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NumberText, parseJsonTree, plainJson } from '@/domain/imports/json-tree';

const plain = (text: string) => plainJson(parseJsonTree(text));

describe('JSON from a file', () => {
  it('keeps the digits of numbers', () => {
    expect(parseJsonTree('{"amount":0.12345678901234567890}')).toEqual({
      amount: new NumberText('0.12345678901234567890'),
    });
    expect(parseJsonTree('1e5')).toEqual(new NumberText('1e5'));
  });

  it.each([
    ['{"a":1,"a":2}', 'given twice'],
    ['{"x":{"a":1,"b":2,"a":3}}', 'given twice'],
    ['{"a":1,"\\u0061":2}', 'given twice'],
    ['{"__proto__":{"x":1}}', '__proto__'],
    ['{"x":[{"__proto__":1}]}', '__proto__'],
    [`${'['.repeat(40)}${']'.repeat(40)}`, 'levels'],
    ['{"a":', 'not JSON'],
    ['{a:1}', 'not JSON'],
    ["{'a':1}", 'not JSON'],
    ['{"a":1}{"b":2}', 'not JSON'],
    ['{"a":NaN}', 'not JSON'],
    ['{"a":01}', 'not JSON'],
    ['"open', 'not JSON'],
    ['', 'not JSON'],
  ])('refuses %s', (text, reason) => {
    expect(() => parseJsonTree(text)).toThrow(reason);
  });

  it('allows one name in two objects', () => {
    expect(plain('[{"a":1},{"a":2},{"b":{"a":3},"a":4}]')).toEqual([{ a: 1 }, { a: 2 }, { a: 4, b: { a: 3 } }]);
  });

  it('is not misled by brackets and quotes inside texts', () => {
    expect(plain('{"a":"}{\\"a\\":[","b":"\\\\"}')).toEqual({ a: '}{"a":[', b: '\\' });
  });

  it.each(['9007199254740993', '0.1000000000000000055511151231257827', '1e400', '123456789012345678901234567890'])(
    'refuses the number %s, which would change its value',
    (text) => {
      expect(() => plain(text)).toThrow('more digits');
    },
  );

  it.each([
    ['0.10', 0.1],
    ['1e2', 100],
    ['-0', 0],
    ['9007199254740992', 2 ** 53],
    ['1.50E-3', 0.0015],
  ])('keeps the number %s', (text, value) => {
    expect(plain(text)).toBe(value);
  });

  it.each([
    ['"\\u0000"', 'NUL'],
    ['{"\\u0000":1}', 'NUL'],
    ['"\\ud800"', 'surrogate'],
    ['["\\udc00x"]', 'surrogate'],
  ])('refuses the text %s, which cannot be stored', (text, reason) => {
    expect(() => plain(text)).toThrow(reason);
  });

  it('gives equal text for equal content in any order of names', () => {
    expect(JSON.stringify(plain('{"b":1,"a":{"d":2,"c":3}}'))).toBe(
      JSON.stringify(plain('{"a":{"c":3.0,"d":2},"b":1}')),
    );
  });

  it('gives what JSON.parse gives', () => {
    const name = fc
      .string({ unit: 'binary', maxLength: 6 })
      .filter((text) => text !== '__proto__' && !text.includes('\0'));
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, true, false),
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0),
        name,
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(name, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const text = JSON.stringify(value);
        expect(plain(text)).toEqual(JSON.parse(text));
      }),
    );
  });
});
