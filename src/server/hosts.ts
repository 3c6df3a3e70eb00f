import type { Env } from '@/lib/env';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
const EVERY_ADDRESS = ['0.0.0.0', '::'];

/** Splits `name:port`; null for what no browser sends. Names are compared in lower case without the root's dot. */
function parseHost(header: string): { name: string; port: string } | null {
  const match = /^(\[[0-9a-f:.]+\]|[^\s:[\]/\\@]+)(?::(\d{1,5}))?$/.exec(header.toLowerCase());
  if (!match) return null;
  return { name: (match[1] ?? '').replace(/\.$/, ''), port: match[2] ?? '' };
}

/**
 * Whether a request's Host header names this server. A page elsewhere that makes its own name point to this machine
 * (DNS rebinding) is stopped here: the name it must send is not on the list.
 */
export function createHostCheck(env: Pick<Env, 'host' | 'allowedHosts' | 'publicUrl'>): (header: string) => boolean {
  const own = env.host.includes(':') ? `[${env.host}]` : env.host;
  const names = EVERY_ADDRESS.includes(env.host) ? LOOPBACK : [...LOOPBACK, own.toLowerCase()];
  const allowed = new Set([...names, new URL(env.publicUrl).host, ...env.allowedHosts]);
  return (header) => {
    const host = parseHost(header);
    return host !== null && (allowed.has(host.name) || allowed.has(`${host.name}:${host.port}`));
  };
}
