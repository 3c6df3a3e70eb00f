import { expect, test } from 'vitest';
import { z } from 'zod';
import { explain, sentenceFor } from '@/http/explain';

const schema = z.strictObject({
  period: z.enum(['week', 'month', 'year']),
  only: z.literal('zero'),
  name: z.string().min(2).max(5),
  count: z.int().min(1).max(9),
  ratio: z.number().gt(0).lt(1),
  step: z.number().multipleOf(5),
  id: z.uuid(),
  email: z.email(),
  code: z.string().regex(/^[A-Z]{3}$/),
  own: z.string().regex(/^[A-Z]{3}$/, 'send three capital letters.'),
  flag: z.boolean(),
  tags: z.record(z.string(), z.string()),
  list: z.array(z.object({ amount: z.union([z.string(), z.number()]) })).max(2),
  day: z.iso.date(),
});
const good = {
  period: 'week',
  only: 'zero',
  name: 'abc',
  count: 3,
  ratio: 0.5,
  step: 10,
  id: '8d0ef0b2-3f6f-4d1c-9a53-1f2f5a0c7e11',
  email: 'a@b.org',
  code: 'USD',
  own: 'USD',
  flag: true,
  tags: { a: 'b' },
  list: [{ amount: 1 }],
  day: '2026-01-31',
};

function detailsFor(change: Record<string, unknown>): string {
  const result = schema.safeParse({ ...good, ...change }, { error: sentenceFor });
  if (result.success) throw new Error('accepted');
  return explain(result.error).details;
}

test('the good one is good', () => {
  expect(schema.safeParse(good).success).toBe(true);
});

test.each<[Record<string, unknown>, string]>([
  [{ period: 'day' }, 'period: send week, month or year.'],
  [{ period: undefined }, 'period: missing, send week, month or year.'],
  [{ only: 'one' }, 'only: send zero.'],
  [{ name: 'a' }, 'name: send at least 2 characters.'],
  [{ name: 'abcdef' }, 'name: send at most 5 characters.'],
  [{ name: 1 }, 'name: send a text.'],
  [{ name: undefined }, 'name: missing, send a text.'],
  [{ count: 0 }, 'count: send a number of at least 1.'],
  [{ count: 1.5 }, 'count: send a whole number.'],
  [{ count: '1' }, 'count: send a number.'],
  [{ ratio: 1 }, 'ratio: send a number of less than 1.'],
  [{ ratio: 0 }, 'ratio: send a number of more than 0.'],
  [{ step: 7 }, 'step: send a multiple of 5.'],
  [{ id: 'x' }, 'id: send a UUID such as 3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f.'],
  [{ email: 'x' }, 'email: send an e-mail address such as name@example.org.'],
  [{ code: 'usd' }, 'code: send a text of the form that the API document shows.'],
  [{ own: 'usd' }, 'own: send three capital letters.'],
  [{ flag: 'yes' }, 'flag: send true or false.'],
  [{ tags: { a: 1 } }, 'tags.a: send a text.'],
  [{ tags: [] }, 'tags: send an object.'],
  [{ tags: { 'a b"c': 1 } }, 'tags."a b\\"c": send a text.'],
  [{ list: {} }, 'list: send a list.'],
  [{ list: [{ amount: null }] }, 'list[0].amount: send a text or a number.'],
  [{ list: [{ amount: 1 }, { amount: 1 }, { amount: 1 }] }, 'list: send at most 2 entries.'],
  [{ day: '2026-02-30' }, 'day: send a date such as 2026-01-31.'],
  [{ more: 1, others: 2 }, 'Leave out "more", "others", which is not known here.'],
])('%j', (change, sentence) => {
  expect(detailsFor(change)).toBe(sentence);
});

test('a name of 10,000 characters does not fill the sentence', () => {
  expect(detailsFor({ ['x'.repeat(10_000)]: 1 }).length).toBeLessThan(100);
  expect(detailsFor({ tags: { ['x'.repeat(10_000)]: 1 } }).length).toBeLessThan(100);
});
