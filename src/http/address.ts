import { isIPv6 } from 'node:net';

/**
 * The header in which our own server passes on the address a request came from. The server drops whatever a client
 * sends under this name and writes what the socket, or a proxy that it trusts, says.
 */
export const CLIENT_ADDRESS_HEADER = 'x-pipeline-client-address';

/** Under which name a request's address is counted: IPv6 by its /64, since one subscriber owns all of that. */
export function clientAddress(request: Request): string {
  const address = request.headers.get(CLIENT_ADDRESS_HEADER) ?? 'unknown';
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.[1] ?? `${firstFourGroups(address).join(':')}::/64`;
}

function firstFourGroups(address: string): string[] {
  const [head = '', tail] = address.toLowerCase().split('%')[0]?.split('::') ?? [];
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after];
  return groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''));
}
