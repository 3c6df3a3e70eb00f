import { once } from 'node:events';
import type http from 'node:http';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { exchange } from '@tests/support/raw-http';
import { NodeNextRequest, NodeNextResponse } from 'next/dist/server/base-http/node';
import { sendResponse } from 'next/dist/server/send-response';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_ADDRESS_HEADER } from '@/http/address';
import { readEnv } from '@/lib/env';
import { createLogger } from '@/lib/log';
import { createHttpServer, type HttpServer } from '@/server/http-server';
import { StartError } from '@/server/start-error';
import { freePort } from './support';

const log = createLogger({ level: 'silent' });
const port = await freePort();
const env = readEnv({ PORT: String(port), PIPELINE_ALLOWED_HOSTS: 'known.example' });
const url = `http://127.0.0.1:${port}`;

/** Answers with what a route would see; `/slow` takes its time, `/fail` fails, `/file` is answered as Next would. */
async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  if (request.url === '/fail') throw new Error('postgres://u:secret@db/x');
  if (request.url === '/slow') await sleep(600);
  if (request.url === '/file') {
    const route = new Response('four', { headers: { 'Content-Length': '4', 'X-File-Length': '4' } });
    await sendResponse(new NodeNextRequest(request), new NodeNextResponse(response), route);
    return;
  }
  response.end(JSON.stringify(request.headers));
}

let server: HttpServer;
beforeAll(async () => {
  server = createHttpServer(env, answer, log);
  await server.listen();
});
afterAll(() => server.stop(0));

const get = (path: string, headers: string[]) =>
  exchange(url, `GET ${path} HTTP/1.1\r\n${[...headers, 'Connection: close'].join('\r\n')}\r\n\r\n`);

describe('the server in front of Next', () => {
  it('says how long a file is, which Next takes away', async () => {
    const { headers, body } = await get('/file', ['Host: localhost']);
    expect(headers.get('content-length')).toBe('4');
    expect([headers.get('x-file-length'), headers.get('transfer-encoding')]).toEqual([null, null]);
    expect(body).toBe('four');
  });

  it('answers to its names and refuses all others', async () => {
    expect((await get('/', ['Host: localhost'])).status).toBe(200);
    expect((await get('/', ['Host: known.example'])).status).toBe(200);
    const refused = await get('/', ['Host: evil.example']);
    expect(refused.status).toBe(403);
    expect(JSON.parse(refused.body)).toMatchObject({
      error: 'Forbidden',
      details: expect.stringMatching(/ALLOWED_HOSTS/),
    });
  });

  it('refuses a request with two Host headers or none', async () => {
    expect((await get('/', ['Host: localhost', 'Host: evil.example'])).status).toBeGreaterThanOrEqual(400);
    expect((await get('/', ['Host: evil.example', 'Host: localhost'])).status).toBeGreaterThanOrEqual(400);
    expect((await get('/', [])).status).toBe(400);
  });

  it('says 431 to headers above 16 kB and serves those below', async () => {
    const big = (size: number) => get('/', ['Host: localhost', `X-Big: ${'x'.repeat(size)}`]);
    expect((await big(20_000)).status).toBe(431);
    expect((await big(12_000)).status).toBe(200);
  });

  it('tells routes the address of the socket and nothing that a client made up', async () => {
    const { body } = await get('/', [
      'Host: localhost',
      'X-Forwarded-For: 1.2.3.4',
      'X-Forwarded-Host: evil.example',
      'X-Real-Ip: 1.2.3.4',
      `${CLIENT_ADDRESS_HEADER}: 1.2.3.4`,
    ]);
    expect(JSON.parse(body)).toMatchObject({ [CLIENT_ADDRESS_HEADER]: '127.0.0.1' });
    expect(body).not.toContain('1.2.3.4');
    expect(body).not.toContain('evil.example');
  });

  it('gives every page another nonce and takes none from a client', async () => {
    const nonce = async () => {
      const page = await get('/', ['Host: localhost', "Content-Security-Policy: script-src 'nonce-chosen'"]);
      expect(page.body).not.toContain('chosen');
      const policy = page.headers.get('content-security-policy') ?? '';
      const found = /'nonce-([^']+)'/.exec(policy)?.[1] ?? '';
      expect(JSON.parse(page.body)['content-security-policy']).toBe(policy);
      expect(found).not.toBe('');
      return found;
    };
    expect(await nonce()).not.toBe(await nonce());
  });

  it('turns a failure behind it into a 500 without its reason', async () => {
    const { status, body } = await get('/fail', ['Host: localhost']);
    expect(status).toBe(500);
    expect(JSON.parse(body)).toHaveProperty('details');
    expect(body).not.toContain('secret');
  });

  it('closes sockets that send their headers byte by byte, and serves others meanwhile', {
    timeout: 40_000,
  }, async () => {
    const started = performance.now();
    const slow = Array.from({ length: 100 }, () => {
      const socket = net.connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n'));
      const drip = setInterval(() => socket.writable && socket.write('x'), 2000);
      socket.on('error', () => undefined);
      return new Promise<void>((resolve) => socket.on('close', () => resolve(clearInterval(drip))));
    });
    expect((await get('/', ['Host: localhost'])).status).toBe(200);
    await Promise.all(slow);
    expect(performance.now() - started).toBeLessThan(30_000);
  });

  it('says in one sentence that its port is taken', async () => {
    const second = createHttpServer(env, answer, log);
    await expect(second.listen()).rejects.toThrow(StartError);
    await expect(second.listen()).rejects.toThrow(`Port ${port}`);
  });
});

describe('an orderly end', () => {
  /** A server of its own and a raw connection to it; `read` gives all that came on it once it is closed. */
  async function connect() {
    const other = readEnv({ PORT: String(await freePort()) });
    const ending = createHttpServer(other, answer, log);
    await ending.listen();
    const socket = net.connect(other.port, '127.0.0.1');
    const bytes: Buffer[] = [];
    socket.on('data', (chunk) => bytes.push(chunk));
    const closed = once(socket, 'close');
    const ask = (path: string) => socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    const read = async () => {
      await closed;
      return Buffer.concat(bytes).toString().split('HTTP/1.1 ').slice(1);
    };
    return { url: `http://127.0.0.1:${other.port}`, ending, ask, read };
  }

  it('lets a running request finish, and tells its client that the connection ends', async () => {
    const { ending, ask, read } = await connect();
    ask('/slow');
    await sleep(200);
    const stopped = ending.stop(5000);
    const [first] = await read();
    expect(first).toMatch(/^200 /);
    expect(first).toMatch(/connection: close/i);
    await stopped;
  });

  it('answers 503 with Retry-After on a connection that was idle when the end was asked for', async () => {
    const { ending, ask, read } = await connect();
    ask('/');
    await sleep(100);
    const stopped = ending.stop(5000);
    ask('/');
    const [first, second] = await read();
    expect(first).toMatch(/^200 /);
    expect(first).toMatch(/connection: keep-alive/i);
    expect(second).toMatch(/^503 /);
    expect(second).toMatch(/retry-after: \d/i);
    expect(second).toMatch(/connection: close/i);
    await stopped;
  });

  it('answers 503 to who comes anew in the first moment, and listens no more while it waits for what runs', async () => {
    const { url: at, ending, ask } = await connect();
    ask('/slow');
    await sleep(100);
    const stopped = ending.stop(5000);
    expect((await fetch(at)).status).toBe(503);
    await sleep(300);
    await expect(fetch(at)).rejects.toThrow();
    await stopped;
  });

  it('does not wait for connections that are idle', async () => {
    const { ending, ask, read } = await connect();
    ask('/');
    await sleep(100);
    const started = performance.now();
    await ending.stop(5000);
    expect(performance.now() - started).toBeLessThan(1500);
    expect(await read()).toHaveLength(1);
  });

  it('cuts off what does not end in time', async () => {
    const other = readEnv({ PORT: String(await freePort()) });
    const ending = createHttpServer(other, () => new Promise(() => undefined), log);
    await ending.listen();
    const hanging = fetch(`http://127.0.0.1:${other.port}/`);
    hanging.catch(() => undefined);
    await sleep(200);
    const started = performance.now();
    await ending.stop(300);
    await expect(hanging).rejects.toThrow();
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe('the pace of a body', () => {
  const pace = { wholeWithinMs: 2_000, windowMs: 2_500, bytesPerWindow: 1_000 };

  /** Sends a body of `count` chunks of `size` bytes, one each `everyMs`, and gives the answer's first line. */
  async function drip(type: string, count: number, size: number, everyMs: number): Promise<string> {
    const at = await freePort();
    const one = createHttpServer(readEnv({ PORT: String(at) }), readAll, log, pace);
    await one.listen();
    const socket = net.connect(at, '127.0.0.1').on('error', () => undefined);
    const answered = once(socket, 'data').then(([data]) => String(data).split('\r\n')[0] ?? '');
    const length = count * size;
    socket.write(`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`);
    for (let i = 0; i < count && socket.writable; i++) {
      socket.write(Buffer.alloc(size, 'x'));
      await sleep(everyMs);
    }
    const line = await answered;
    socket.destroy();
    await one.stop(0);
    return line;
  }

  async function readAll(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    for await (const _ of request);
    response.end('whole');
  }

  const form = 'multipart/form-data; boundary=x';

  it('lets a form take longer than any other request while it keeps coming', async () => {
    expect(await drip(form, 14, 1_000, 500)).toBe('HTTP/1.1 200 OK');
  }, 20_000);

  it('ends a form that stands still, and what is no form when its time is over', async () => {
    const lines = await Promise.all([drip(form, 14, 10, 500), drip('application/json', 14, 1_000, 500)]);
    expect(lines).toEqual(['HTTP/1.1 408 Request Timeout', 'HTTP/1.1 408 Request Timeout']);
  }, 20_000);
});
