import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { refusalAnswer, refusalOf } from '@/http/answer';
import { answerClientError, refuseEarly, writeAnswer } from '@/http/gate';
import type { Env } from '@/lib/env';
import { PipelineError, unavailable } from '@/lib/errors';
import type { Logger } from '@/lib/log';
import { createPaceWatch, PACE, type Pace } from './body-pace';
import { createAddressFinder, markAddress } from './client-address';
import { keepFileLength } from './file-length';
import { createHostCheck } from './hosts';
import { protectPage } from './page-policy';
import { listenOn } from './port';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Clients that send slowly hold a socket, never a thread; after these times they lose it. */
const HEADERS_WITHIN_MS = 10_000;
const LOOK_FOR_SLOW_MS = 2_000;
const IDLE_MS = 20_000;
const HANG_UP_MS = 1_000;
/** What was sent before its sender could know of the end has arrived within this time, on a machine under load too. */
const CROSSING_MS = 250;
const MAX_HEADER_BYTES = 16 * 1024;

const foreignHost = (host: string | undefined) =>
  refusalAnswer(
    new PipelineError(
      'forbidden',
      `This server is not known as ${JSON.stringify(host ?? '')}. Use its own address, or add the name to PIPELINE_ALLOWED_HOSTS.`,
    ),
  );

function endClient(error: NodeJS.ErrnoException, socket: Duplex): void {
  answerClientError(error, socket);
  // whoever sends slowly on purpose does not hang up either
  setTimeout(() => socket.destroy(), HANG_UP_MS).unref();
}

function hangUp({ socket }: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) socket.destroy();
  else endClient(Object.assign(new Error('too slow'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket);
}

/** The product's own server in front of Next: names, limits, addresses and an orderly end. */
export interface HttpServer {
  /** @throws StartError when the port is taken or may not be used. */
  listen(): Promise<void>;
  /**
   * Lets running requests end for `graceMs`, then cuts them off. For a moment others are still answered, with 503; then
   * nothing is listened to any more.
   */
  stop(graceMs: number): Promise<void>;
}

/** Makes the server; every request that passes its checks goes to `handler`. */
export function createHttpServer(env: Env, handler: RequestHandler, log: Logger, pace: Pace = PACE): HttpServer {
  const isKnownHost = createHostCheck(env);
  const findAddress = createAddressFinder(env.trustedProxies);
  const secure = env.publicUrl.startsWith('https:');
  const running = new Set<ServerResponse>();
  const bodies = createPaceWatch(pace);
  let stopping = false;

  const refuse = (request: IncomingMessage) => {
    const hosts = request.headersDistinct.host ?? [];
    if (hosts.length !== 1 || !isKnownHost(hosts[0] ?? '')) return foreignHost(hosts[0]);
    return stopping
      ? refusalAnswer(unavailable('The server is stopping. Try again in a few seconds.'))
      : refuseEarly(request);
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    const refusal = refuse(request);
    if (refusal) {
      writeAnswer(response, refusal);
      return;
    }
    running.add(response);
    bodies.watch(request, () => hangUp(request, response));
    response.once('close', () => {
      running.delete(response);
      // what was told to stay open before the end was asked for would hold the stop up until its time-out
      if (stopping && !server.listening) setImmediate(() => server.closeIdleConnections());
    });
    markAddress(request, findAddress);
    protectPage(request, response);
    keepFileLength(response);
    if (secure) response.setHeader('Strict-Transport-Security', 'max-age=31536000; includeSubDomains');
    handler(request, response).catch((error: unknown) => {
      log.error({ error, method: request.method, path: request.url?.split('?')[0] }, 'a request failed');
      if (response.headersSent) response.destroy();
      else writeAnswer(response, refusalAnswer(refusalOf(error)));
    });
  };
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_WITHIN_MS,
      requestTimeout: 0, // the pace of bodies is watched here, with other limits for files
      connectionsCheckingInterval: LOOK_FOR_SLOW_MS,
      keepAliveTimeout: IDLE_MS,
      noDelay: true,
    },
    onRequest,
  );
  server.on('clientError', endClient);
  const looking = setInterval(bodies.look, LOOK_FOR_SLOW_MS).unref();
  server.once('close', () => clearInterval(looking));

  return {
    listen: () => listenOn(server, env),
    stop: async (graceMs) => {
      stopping = true;
      if (!server.listening) return;
      // a client that is told so sends nothing more on that connection
      for (const response of running) response.shouldKeepAlive = false;
      // hanging up on idle connections at once would cut requests that are on their way
      await sleep(Math.min(CROSSING_MS, graceMs));
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const ended = await Promise.race([closed.then(() => true), sleep(graceMs, false, { ref: false })]);
      if (!ended) {
        log.warn('cutting off requests that did not end in time');
        server.closeAllConnections();
      }
    },
  };
}
