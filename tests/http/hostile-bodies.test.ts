import { gzipSync } from 'node:zlib';
import { startTestServer, type TestCaller, type TestServer } from '@tests/support/http';
import { exchange } from '@tests/support/raw-http';
import { afterAll, beforeAll, expect, test } from 'vitest';

const WARM_UP = 5;
const ROUNDS = 20;
const MOST_GROWTH_MB = 100;

let server: TestServer;
let caller: TestCaller;
beforeAll(async () => {
  server = await startTestServer();
  caller = await server.createUser();
});
afterAll(() => server.close());

/** A request whose framing is given word by word; `Connection: close`, so that the end of the answer is seen. */
function request(framing: readonly string[], body: Buffer): Buffer {
  const head = [
    'PATCH /api/me HTTP/1.1',
    `Host: ${new URL(server.url).host}`,
    `Authorization: ${caller.bearer}`,
    'Content-Type: application/json',
    'Connection: close',
    ...framing,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

const announced = (body: Buffer, ...more: string[]) => request([`Content-Length: ${body.length}`, ...more], body);
const chunked = (text: string) => request(['Transfer-Encoding: chunked'], Buffer.from(text));

/** What is sent, and the statuses that are right for it (0: the connection just ends, as the sender ends it too). */
function attacks(): readonly (readonly [string, Buffer, readonly number[]])[] {
  return [
    ['depth 10,000', announced(Buffer.from('{"a":'.repeat(10_000))), [400]],
    ['depth 10,000 in lists', announced(Buffer.from(`{"a":${'['.repeat(10_000)}`)), [400]],
    ['100,000 names', announced(Buffer.from(`{${Array.from({ length: 100_000 }, (_, i) => `"${i}":1`)}}`)), [413]],
    ['1,001 names', announced(Buffer.from(`{${Array.from({ length: 1_001 }, (_, i) => `"${i}":1`)}}`)), [400]],
    ['10 MB', announced(Buffer.alloc(10_000_000, ' ')), [413]],
    [
      '10 MB that pretend to be 10 bytes',
      request(['Content-Length: 10'], Buffer.alloc(10_000_000, ' ')),
      [400, 413, 0],
    ],
    ['a gzip bomb', announced(gzipSync(Buffer.alloc(20_000_000)), 'Content-Encoding: gzip'), [415]],
    ['broken gzip', announced(Buffer.from([0x1f, 0x8b, 8, 0, 255]), 'Content-Encoding: gzip'), [415]],
    ['a long escape', announced(Buffer.from(`{"timezone":"${'\\u0041'.repeat(10_000)}"}`)), [400]],
    ['a number of 60,000 digits', announced(Buffer.from(`{"timezone":1${'0'.repeat(60_000)}}`)), [400]],
    ['a negative length', request(['Content-Length: -1'], Buffer.from('{}')), [400]],
    ['two lengths', request(['Content-Length: 2', 'Content-Length: 3'], Buffer.from('{}')), [400]],
    [
      'a length and chunks',
      request(['Content-Length: 2', 'Transfer-Encoding: chunked'], Buffer.from('2\r\n{}\r\n0\r\n\r\n')),
      [400],
    ],
    ['a chunk that is shorter than it says', chunked('ff\r\n{}\r\n0\r\n\r\n'), [400, 0]],
    ['a chunk of a size that is no number', chunked('zz\r\n{}\r\n0\r\n\r\n'), [400]],
    ['a chunk of an endless size', chunked(`${'f'.repeat(400)}\r\n{}`), [400]],
    ['an endless chunk extension', chunked(`2;${'x'.repeat(50_000)}\r\n{}\r\n0\r\n\r\n`), [400, 413]],
    ['chunks that never end', chunked('2\r\n{}\r\n'), [400, 0]],
  ];
}

test('hostile bodies are refused in our shape, quickly, and memory stays where it was', async () => {
  const all = attacks();
  const once = async () => {
    for (const [name, bytes, right] of all) {
      const { status, body, ms } = await exchange(server.url, bytes, { halfClose: right.includes(0) });
      expect(right, `${name}: ${status} ${body}`).toContain(status);
      if (status !== 0)
        expect(JSON.parse(body), name).toEqual({ error: expect.any(String), details: expect.any(String) });
      expect(ms, name).toBeLessThan(2_000);
    }
  };
  for (let round = 0; round < WARM_UP; round++) await once();
  const beforeMb = process.memoryUsage().rss / 1e6;
  let highestMb = beforeMb;
  for (let round = 0; round < ROUNDS; round++) {
    await once();
    highestMb = Math.max(highestMb, process.memoryUsage().rss / 1e6);
  }
  console.log(
    `hostile bodies: ${ROUNDS * all.length} requests, resident memory ${Math.round(beforeMb)} MB before, ${Math.round(highestMb)} MB at most (client included)`,
  );
  expect(highestMb - beforeMb).toBeLessThan(MOST_GROWTH_MB);
  expect((await server.json('/api/me', { caller })).status).toBe(200);
}, 120_000);
