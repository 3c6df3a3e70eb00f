import { expect, test } from 'vitest';
import { CLIENT_ADDRESS_HEADER, clientAddress } from '@/http/address';

const countedAs = (address: string | null): string =>
  clientAddress(
    new Request('http://x.test', address === null ? {} : { headers: { [CLIENT_ADDRESS_HEADER]: address } }),
  );

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
  ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['not an address', 'not an address'],
])('%s is counted as %s', (address, counted) => {
  expect(countedAs(address)).toBe(counted);
});

test('without the header everybody shares one budget', () => {
  expect(countedAs(null)).toBe('unknown');
});
