import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readEnv } from '@/lib/env';
import { createLogger } from '@/lib/log';
import { createHttpServer, type HttpServer } from '@/server/http-server';
import { freePort } from '../server/support';
import { trials } from './support/scale';

const SOCKETS = trials({ short: 50, full: 500 });
const REQUESTS = trials({ short: 200, full: 1_000 });
/** Headers must be there within 10 s, so the short form ends with those; a body has 50 s. */
const KINDS = trials({ short: 1, full: 2 });
const CLOSED_WITHIN_MS = 60_000;
const DRIP_MS = 10_000;
/** How much slower others may become; so few requests as in the short form measure the machine as well. */
const MOST_TIMES = trials({ short: 10, full: 2 });
/** Below this a ratio of two times says more about the machine than about the server. */
const LEAST_MS = 5;

const port = await freePort();
let server: HttpServer;

/** Reads the whole request as a route does, and answers. */
async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  let bytes = 0;
  for await (const chunk of request) bytes += (chunk as Buffer).length;
  response.end(JSON.stringify({ bytes }));
}

beforeAll(async () => {
  server = createHttpServer(readEnv({ PORT: String(port) }), answer, createLogger({ level: 'silent' }));
  await server.listen();
});
afterAll(() => server.stop(0));

const BEGINNINGS = [
  'GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ',
  'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\n',
];

/** Opens sockets that send one byte each 10 s. */
async function openSlowOnes() {
  const openedMs = performance.now();
  const lives: Promise<number>[] = [];
  const sockets = await Promise.all(
    Array.from({ length: SOCKETS }, async (_, i) => {
      const socket = net.connect(port, '127.0.0.1').on('error', () => undefined);
      lives.push(new Promise((resolve) => socket.on('close', () => resolve(performance.now() - openedMs))));
      await once(socket, 'connect');
      socket.write(BEGINNINGS[i % KINDS] ?? '');
      socket.resume();
      return socket;
    }),
  );
  const drip = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write('x');
  }, DRIP_MS);
  return {
    open: () => sockets.filter(({ destroyed }) => !destroyed).length,
    closed: Promise.all(lives).finally(() => clearInterval(drip)),
  };
}

/** The 95th percentile of well-behaved requests, ms, four at a time. */
async function p95(): Promise<number> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
  const times: number[] = [];
  const ask = async () => {
    for (let i = 0; i < REQUESTS / 4; i += 1) {
      const startedMs = performance.now();
      const request = http.get({ port, host: '127.0.0.1', agent, headers: { host: 'localhost' } });
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      expect(response.statusCode).toBe(200);
      for await (const _ of response);
      times.push(performance.now() - startedMs);
    }
  };
  await Promise.all(Array.from({ length: 4 }, ask));
  agent.destroy();
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? Number.NaN;
}

it(`serves others as fast while ${SOCKETS} clients send a byte per 10 s, and hangs up on all of those within 60 s`, async () => {
  await p95(); // code that has not run yet is slow by itself
  const before = await p95();
  const slow = await openSlowOnes();
  await sleep(500);
  const during = await p95();
  expect(slow.open()).toBe(SOCKETS);
  const lives = await Promise.race([slow.closed, sleep(CLOSED_WITHIN_MS + 5_000, null, { ref: false })]);
  const baseline = Math.max(before, await p95());
  console.log(
    `slow sockets: ${SOCKETS}; p95 ${during.toFixed(2)} ms, without them ${baseline.toFixed(2)} ms; ` +
      `closed after ${Math.round(Math.min(...(lives ?? [])))} to ${Math.round(Math.max(...(lives ?? [])))} ms`,
  );
  expect(lives).toHaveLength(SOCKETS);
  expect(Math.max(...(lives ?? []))).toBeLessThan(CLOSED_WITHIN_MS);
  expect(during).toBeLessThan(MOST_TIMES * Math.max(baseline, LEAST_MS));
});
