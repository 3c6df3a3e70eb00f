import { expect, it } from 'vitest';
import { keyFor, newKey } from '@/components/api/new-key';

it('keeps the name of a submission that is sent again unchanged', () => {
  let made = 0;
  const makeKey = () => {
    made += 1;
    return `key ${made}`;
  };
  const first = keyFor(null, 'a', makeKey);
  expect(keyFor(first, 'a', makeKey)).toBe(first);
  expect(keyFor(first, 'b', makeKey)).toEqual({ content: 'b', key: 'key 2' });
});

it('makes names that the API takes, each another one', () => {
  const keys = Array.from({ length: 100 }, newKey);
  expect(new Set(keys).size).toBe(100);
  for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/);
});
