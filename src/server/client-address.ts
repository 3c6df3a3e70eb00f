import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { CLIENT_ADDRESS_HEADER } from '@/http/address';

/** What only a proxy may say; from anybody else it is dropped, and afterwards nobody needs it any more. */
const PROXY_HEADERS = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
];

/** An IPv4 address that arrived over an IPv6 socket, in its own form. */
const plain = (address: string): string => /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;

const family = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4');

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    if (bits === undefined) list.addAddress(address, family(address));
    else list.addSubnet(address, Number(bits), family(address));
  }
  return list;
}

/**
 * Finds the address a request came from: the socket's, or behind trusted proxies the last one in X-Forwarded-For that is
 * not such a proxy. Everything further left was written by the client and may be a lie.
 */
export function createAddressFinder(trustedProxies: readonly string[]): (socket: string, forwarded: string) => string {
  const proxies = listOf(trustedProxies);
  const isProxy = (address: string) => isIP(address) !== 0 && proxies.check(address, family(address));
  return (socket, forwarded) => {
    let address = plain(socket);
    for (const hop of forwarded.split(',').reverse()) {
      const next = plain(hop.trim());
      if (!isProxy(address) || isIP(next) === 0) return address;
      address = next;
    }
    return address;
  };
}

/** Writes the found address where the routes read it, and removes what the client may have written there. */
export function markAddress(request: IncomingMessage, find: ReturnType<typeof createAddressFinder>): void {
  const forwarded = request.headers['x-forwarded-for'];
  const said = Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? '');
  const address = find(request.socket.remoteAddress ?? '', said);
  for (const name of PROXY_HEADERS) delete request.headers[name];
  request.headers[CLIENT_ADDRESS_HEADER] = address;
}
