import { randomBytes } from 'node:crypto';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestServer, type TestCaller, type TestServer } from '@tests/support/http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FileStore } from '@/lib/file-store';

const TOTAL = 400_000_000;
/** What the engine has not collected yet at any moment; a body that is kept anywhere would add all of itself. */
const MOST_GROWTH_MB = 200;

let server: TestServer;
let caller: TestCaller;
/** The store takes a chunk when it is told to. */
let gate: Promise<void>;
let stored: number;

beforeAll(async () => {
  const write: FileStore['write'] = async (_key, content) => {
    for await (const chunk of content) {
      await gate;
      stored += chunk.byteLength;
    }
    return { bytes: stored, sha256: randomBytes(32) };
  };
  const files = { write, remove: async () => undefined } as unknown as FileStore;
  server = await startTestServer({ files, limits: { uploadBytes: TOTAL, storageBytes: TOTAL * 10 } });
  caller = await server.createUser();
});
afterAll(() => server.close());

const HEAD = '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n';
const END = '\r\n--b--\r\n';

test(`a form of ${TOTAL / 1e6} MB passes through without being kept, and no faster than the store takes it`, async () => {
  stored = 0;
  const closed = Promise.withResolvers<void>();
  gate = closed.promise;
  const socket = net.connect(Number(new URL(server.url).port), '127.0.0.1');
  const answered = new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data).slice(0, 12))));
  socket.write(
    `POST /api/datasets HTTP/1.1\r\nHost: ${new URL(server.url).host}\r\nAuthorization: ${caller.bearer}\r\n` +
      `Content-Type: multipart/form-data; boundary=b\r\nContent-Length: ${HEAD.length + TOTAL + END.length}\r\n\r\n${HEAD}`,
  );
  const chunk = randomBytes(1_000_000);
  const sending = (async () => {
    for (let sent = 0; sent < TOTAL; sent += chunk.length) {
      if (!socket.write(chunk)) await new Promise((resolve) => socket.once('drain', resolve));
    }
    socket.write(END);
  })();

  // the store takes nothing: what the kernel and a few buffers hold is all that the sender gets rid of
  let before = -1;
  while (socket.bytesWritten - socket.writableLength !== before) {
    before = socket.bytesWritten - socket.writableLength;
    await sleep(300);
  }
  expect(before).toBeLessThan(TOTAL / 10);

  const startMb = process.memoryUsage().rss / 1e6;
  let mostMb = startMb;
  const look = setInterval(() => {
    mostMb = Math.max(mostMb, process.memoryUsage().rss / 1e6);
  }, 20);
  closed.resolve();
  await sending;
  expect(await answered).toBe('HTTP/1.1 201');
  clearInterval(look);
  socket.destroy();
  expect(stored).toBe(TOTAL);
  console.log(
    `an upload of ${TOTAL / 1e6} MB: ${(before / 1e6).toFixed(1)} MB on the way while the store waits; resident memory ` +
      `${Math.round(startMb)} MB before, ${Math.round(mostMb)} MB at most (client included)`,
  );
  expect(mostMb - startMb).toBeLessThan(MOST_GROWTH_MB);
}, 60_000);
