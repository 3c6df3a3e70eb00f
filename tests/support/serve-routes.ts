import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { CLIENT_ADDRESS_HEADER } from '@/http/address';
import { answerClientError, refuseEarly, writeAnswer } from '@/http/gate';
import type { RouteContext } from '@/http/input';

type Answering = (request: Request, context: RouteContext) => Promise<Response>;

/** A route in Next's notation (`/api/jobs/[id]`) and how to get at its exports. */
export type Served = { readonly address: string; readonly load: () => Promise<Partial<Record<string, unknown>>> };

export type RunningServer = { readonly url: string; close(): Promise<void> };

type Match = { readonly served: Served; readonly params: Record<string, string | string[]> };

/** Serves route handlers over real HTTP on a free port of the loopback, as Next would, without a build. */
export async function serveRoutes(routes: readonly Served[]): Promise<RunningServer> {
  const server = createServer({ maxHeaderSize: 16 * 1024 }, (incoming, outgoing) => {
    answer(routes, incoming, outgoing).catch((error: unknown) => {
      // Next would answer 500 without a body; the tests look for exactly that.
      console.error('a route handler threw', error);
      outgoing.writeHead(500).end();
    });
  });
  server.on('clientError', answerClientError);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(routes: readonly Served[], incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const early = refuseEarly(incoming);
  if (early) return writeAnswer(outgoing, early);
  const match = findRoute(routes, incoming.url ?? '/');
  if (!match) return void outgoing.writeHead(404).end('no such page');
  const handler = (await match.served.load())[incoming.method ?? 'GET'] as Answering | undefined;
  if (!handler) return void outgoing.writeHead(405).end();
  await send(await handler(webRequest(incoming), { params: Promise.resolve(match.params) }), outgoing);
}

function webRequest(incoming: IncomingMessage): Request {
  const headers = new Headers();
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
    headers.append(incoming.rawHeaders[i] ?? '', incoming.rawHeaders[i + 1] ?? '');
  }
  headers.set(CLIENT_ADDRESS_HEADER, incoming.socket.remoteAddress ?? 'unknown');
  const method = incoming.method ?? 'GET';
  const bodiless = method === 'GET' || method === 'HEAD';
  const body = bodiless ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>);
  return new Request(`http://${incoming.headers.host}${incoming.url}`, {
    method,
    headers,
    body,
    duplex: 'half',
  } as RequestInit);
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, [...response.headers].flat());
  if (!response.body) return void outgoing.end();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) outgoing.write(chunk);
  outgoing.end();
}

/** The most exact match: a fixed segment before `[x]` before `[...x]` before `[[...x]]`. */
function findRoute(routes: readonly Served[], url: string): Match | null {
  const segments = (url.split(/[?#]/, 1)[0] ?? '').split('/').filter(Boolean);
  let best: (Match & { rank: string }) | null = null;
  for (const served of routes) {
    const found = matchAddress(served.address.split('/').filter(Boolean), segments);
    if (found && (!best || found.rank < best.rank)) best = { served, ...found };
  }
  return best;
}

function matchAddress(pattern: readonly string[], segments: readonly string[]) {
  const params: Record<string, string | string[]> = {};
  let rank = '';
  for (const [index, part] of pattern.entries()) {
    const rest = /^(\[)?\[\.\.\.(\w+)\]/.exec(part);
    if (rest) {
      const values = segments.slice(index).map(decodeURIComponent);
      if (values.length === 0 && !rest[1]) return null;
      return { params: { ...params, [rest[2] ?? '']: values }, rank: `${rank}${rest[1] ? '3' : '2'}` };
    }
    const segment = segments[index];
    if (segment === undefined) return null;
    const name = /^\[(\w+)\]$/.exec(part)?.[1];
    if (name) params[name] = decodeURIComponent(segment);
    else if (part !== segment) return null;
    rank += name ? '1' : '0';
  }
  return pattern.length === segments.length ? { params, rank } : null;
}
