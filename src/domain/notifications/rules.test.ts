import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isSafeActionUrl,
  isStorableJson,
  isStorableText,
  isUnread,
  withoutRepeats,
} from '@/domain/notifications/rules';

describe('isSafeActionUrl', () => {
  it.each(['/', '/jobs/1?tab=logs#end', '/a//b', 'https://example.com', 'HTTPS://example.com/a?b=c'])(
    'allows %s',
    (url) => {
      expect(isSafeActionUrl(url)).toBe(true);
    },
  );

  it.each([
    '',
    'jobs',
    '//evil.example',
    '/\\evil.example',
    '\\/evil.example',
    '/\t/evil.example',
    '/a b',
    '/a\u0000',
    '/a\u0085',
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' https://a.example',
    'http://a.example',
    'https:a.example',
    'https:/a.example',
    'https:///a.example',
    'https://',
    'https://?a',
    'data:text/html,x',
    `/${'a'.repeat(2_000)}`,
  ])('refuses %j', (url) => {
    expect(isSafeActionUrl(url)).toBe(false);
  });

  it('allows nothing that a browser would take elsewhere than to us or to https', () => {
    const part = fc.constantFrom(
      '/',
      '\\',
      '//',
      'https:',
      'http:',
      'javascript:',
      'a',
      '.',
      '..',
      '@',
      '?',
      '#',
      '\t',
      '\n',
      ' ',
      '%2f',
      ':',
      'é',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
        ),
        (url) => {
          if (!isSafeActionUrl(url)) return;
          const target = new URL(url, 'https://ours.example/a/b');
          expect(target.protocol).toBe('https:');
          if (url.startsWith('/')) expect(target.origin).toBe('https://ours.example');
          else expect(url.toLowerCase().startsWith('https://')).toBe(true);
        },
      ),
      { numRuns: 20_000 },
    );
  });
});

it('what Postgres cannot keep is known', () => {
  expect(isStorableText('Größe 😀')).toBe(true);
  expect(isStorableText('a\u0000')).toBe(false);
  expect(isStorableText('a\ud800')).toBe(false);
  expect(isStorableJson({ a: ['\\u0000', { b: '😀' }] })).toBe(true);
  expect(isStorableJson({ a: [{ b: '\u0000' }] })).toBe(false);
  expect(isStorableJson({ 'a\udc00': 1 })).toBe(false);
});

it('unread is what nobody marked and what became unread above the watermark', () => {
  expect(isUnread({ read: false, unreadSeq: 6 }, 5)).toBe(true);
  expect(isUnread({ read: false, unreadSeq: 5 }, 5)).toBe(false);
  expect(isUnread({ read: true, unreadSeq: 6 }, 5)).toBe(false);
});

it('of rows with one key the first stays, for each user', () => {
  const row = (userId: string, dedupeKey: string | null, n: number) => ({ userId, dedupeKey, n });
  const rows = [
    row('a', 'x', 1),
    row('b', 'x', 2),
    row('A', 'x', 3),
    row('a', null, 4),
    row('a', null, 5),
    row('a', 'y', 6),
  ];
  expect(withoutRepeats(rows).map(({ n }) => n)).toEqual([1, 2, 4, 5, 6]);
});
