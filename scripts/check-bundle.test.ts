import { expect, it } from 'vitest';
import { serverPartsIn } from './check-bundle';

it.each([
  ['a role', 'set role service_role'],
  ['a login', 'user: "pipeline_app"'],
  ['a setting', 'process.env.DATABASE_URL'],
  ['an address', '"postgres://u:p@h/d"'],
  ['SQL', 'select * from lora_cost_records'],
  ['a private key', `{"kty":"EC","d":"${'x'.repeat(43)}"}`],
  ['a key file', '-----BEGIN PRIVATE KEY-----'],
  ['a secret key', 'sb_secret_abc'],
])('finds %s in a file for browsers', (_, text) => {
  expect(serverPartsIn(`a;${text};b`)).toHaveLength(1);
});

it('lets through what a page is made of', () => {
  expect(serverPartsIn('fetch("/api/costs?period=week");const d={"d":"M4 6h16"}')).toEqual([]);
});
