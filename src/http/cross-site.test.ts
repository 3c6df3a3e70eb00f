import { expect, test } from 'vitest';
import { refuseCrossSite } from '@/http/cross-site';

type Headers = Record<string, string>;

const allows = (method: string, headers: Headers, publicHost: string | null = null): boolean => {
  const request = new Request('http://pipeline.test/api/x', {
    method,
    headers: { host: 'pipeline.test:3000', ...headers },
  });
  try {
    refuseCrossSite(request, publicHost);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'forbidden' });
    return false;
  }
};

test.each<[string, Headers, boolean]>([
  ['neither header: no browser', {}, true],
  ['our own page', { 'sec-fetch-site': 'same-origin' }, true],
  ['typed by hand', { 'sec-fetch-site': 'none' }, true],
  ['another site', { 'sec-fetch-site': 'cross-site' }, false],
  ['another host of our site', { 'sec-fetch-site': 'same-site' }, false],
  ['another site with our own Origin', { 'sec-fetch-site': 'cross-site', origin: 'http://pipeline.test:3000' }, false],
  ['an unknown word', { 'sec-fetch-site': 'sideways' }, false],
  ['old browser, our own page', { origin: 'http://pipeline.test:3000' }, true],
  ['old browser, other letters', { origin: 'http://PIPELINE.test:3000' }, true],
  ['old browser, other port', { origin: 'http://pipeline.test:4000' }, false],
  ['old browser, other host', { origin: 'http://evil.test' }, false],
  ['old browser, our name as a prefix', { origin: 'http://pipeline.test:3000.evil.test' }, false],
  ['a sandboxed page', { origin: 'null' }, false],
  ['an Origin that is none', { origin: '//' }, false],
  ['another site with a Bearer token', { 'sec-fetch-site': 'cross-site', authorization: 'Bearer abc' }, true],
  ['another site with other credentials', { 'sec-fetch-site': 'cross-site', authorization: 'Basic abc' }, false],
  ['another site with a lookalike of Bearer', { 'sec-fetch-site': 'cross-site', authorization: 'Bearerabc' }, false],
])('a change from %s', (_, headers, allowed) => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
    expect(allows(method, { cookie: 'sb=1', ...headers })).toBe(allowed);
});

test('reading is always allowed', () => {
  for (const method of ['GET', 'HEAD', 'OPTIONS'])
    expect(allows(method, { 'sec-fetch-site': 'cross-site' })).toBe(true);
});

test('behind a proxy that hides the host, the public host counts', () => {
  expect(allows('POST', { origin: 'https://app.example.org' }, 'app.example.org')).toBe(true);
  expect(allows('POST', { origin: 'https://app.example.org' }, 'other.example.org')).toBe(false);
});
