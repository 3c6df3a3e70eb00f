import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import type { Home } from './home';

const FIRST = 20_000;
const LAST = 32_000; // above are the ports that the system itself gives to outgoing connections

const portFile = (home: Home) => path.join(home.folder, 'port');

/** Whether a server could listen on this port of the loopback address now. */
export function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

function lastPort(home: Home): number | null {
  const port = existsSync(portFile(home)) ? Number(readFileSync(portFile(home), 'utf8')) : Number.NaN;
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : null;
}

/** The port of the last time while it is free, so that addresses stay the same; else another free one. */
export async function choosePort(home: Home): Promise<number> {
  const last = lastPort(home);
  if (last !== null && (await isFree(last))) return last;
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (await isFree(port)) return port;
  }
}

/** Remembers the port for the next start. */
export function rememberPort(home: Home, port: number): void {
  writeFileSync(portFile(home), String(port), { mode: 0o600 });
}
