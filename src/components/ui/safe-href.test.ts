import { describe, expect, it } from 'vitest';
import { safeHref } from '@/components/ui/safe-href';

describe('safeHref', () => {
  it.each(['/', '/jobs/1?tab=logs#end', '/a//b'])('keeps the own path %s', (address) => {
    expect(safeHref(address)).toEqual({ href: address, own: true });
  });

  it.each(['https://example.com/a', 'HTTPS://example.com'])('keeps the https address %s', (address) => {
    expect(safeHref(address)).toEqual({ href: address, own: false });
  });

  it.each([
    null,
    undefined,
    '',
    'jobs',
    '//example.com',
    '/\\example.com',
    '\\/example.com',
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java\nscript:alert(1)',
    ' javascript:alert(1)',
    '\u0001javascript:alert(1)',
    '/\t/example.com',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'http://example.com',
    'https://',
    'blob:https://example.com/1',
  ])('gives no link for %j', (address) => {
    expect(safeHref(address)).toBeNull();
  });
});
