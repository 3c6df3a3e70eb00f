import { expect, test } from 'vitest';
import { formatTag, parseIfNoneMatch } from '@/http/entity-tags';

test.each([
  [null, []],
  ['', []],
  ['"a"', ['a']],
  ['W/"a"', ['a']],
  ['"a", W/"b" ,"c"', ['a', 'b', 'c']],
  ['"a,b", "c"', ['a,b', 'c']],
  ['""', ['']],
  ['a', []],
  ['"a', []],
  ['"a" "b"', []],
  ['"a", b, "c"', ['a']],
  ['w/"a"', []],
  [Array.from({ length: 60 }, (_, i) => `"${i}"`).join(','), Array.from({ length: 50 }, (_, i) => `${i}`)],
])('If-None-Match %.20s', (header, tags) => {
  expect(parseIfNoneMatch(header)).toEqual({ any: false, tags });
});

test('a star stands for any tag', () => {
  expect(parseIfNoneMatch(' * ')).toEqual({ any: true, tags: [] });
});

test('what was formatted is read back', () => {
  expect(parseIfNoneMatch(formatTag('v12-abc:3'))).toEqual({ any: false, tags: ['v12-abc:3'] });
  for (const bad of ['', 'a"b', 'a b', 'a\r\nSet-Cookie: x', 'ü']) expect(() => formatTag(bad)).toThrow(TypeError);
});
