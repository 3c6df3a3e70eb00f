import net from 'node:net';
import { exchange } from '@tests/support/raw-http';
import { describe, expect, test } from 'vitest';
import {
  BOUNDARY,
  FORM_TYPE,
  head,
  leftOf,
  MOST_BYTES,
  NOTHING,
  ROW,
  raw,
  serveUploads,
  until,
  whole,
} from './serve-uploads';

const world = serveUploads();

describe('bytes that are no form', () => {
  const good = `${head('file', 'x')}${ROW}\r\n--${BOUNDARY}--\r\n`;
  test.each<[string, () => Buffer, number, RegExp]>([
    [
      'JSON',
      () => whole(world, '{}', 'Content-Type: application/json'),
      415,
      /send "Content-Type: multipart\/form-data"/,
    ],
    ['no type', () => whole(world, '{}'), 415, /must be a form/],
    [
      'a form of names and values',
      () => whole(world, 'name=x', 'Content-Type: application/x-www-form-urlencoded'),
      415,
      /must be a form/,
    ],
    ['a form without a boundary', () => whole(world, good, 'Content-Type: multipart/form-data'), 400, /no boundary/],
    ['a form that is packed', () => whole(world, good, FORM_TYPE, 'Content-Encoding: gzip'), 415, /Content-Encoding/],
    ['no body', () => whole(world, '', FORM_TYPE), 400, /no body/],
    [
      'another boundary than said',
      () => whole(world, good.replaceAll(BOUNDARY, 'other'), FORM_TYPE),
      400,
      /malformed|missing/,
    ],
    ['no end', () => whole(world, `${head('file', 'x')}${ROW}`, FORM_TYPE), 400, /malformed or broke off/],
    ['no end in a field', () => whole(world, `${head('name')}abc`, FORM_TYPE), 400, /malformed|missing/],
    ['text', () => whole(world, 'hello', FORM_TYPE), 400, /malformed|missing/],
    [
      'a part without a name',
      () => whole(world, good.replace('name="file"; ', ''), FORM_TYPE),
      400,
      /no field|missing/,
    ],
    [
      '21 fields',
      () => whole(world, `${Array.from({ length: 21 }, (_, i) => `${head(`f${i}`)}x\r\n`).join('')}${good}`, FORM_TYPE),
      400,
      /too many fields/,
    ],
    [
      'a head of 100 kB',
      () => whole(world, `--${BOUNDARY}\r\nX: ${'x'.repeat(100_000)}\r\n\r\n\r\n--${BOUNDARY}--\r\n`, FORM_TYPE),
      400,
      /./,
    ],
    [
      '200 kB beside the file',
      () =>
        whole(
          world,
          `${good.replace(`--${BOUNDARY}--`, `--${BOUNDARY}`)}X: y\r\n\r\n${'x'.repeat(MOST_BYTES + 200_000)}`,
          FORM_TYPE,
        ),
      413,
      /too large/,
    ],
  ])('%s', async (_name, bytes, status, sentence) => {
    const answer = await exchange(world.server.url, bytes());
    expect({ status: answer.status, details: JSON.parse(answer.body).details }).toEqual({
      status,
      details: expect.stringMatching(sentence),
    });
    expect(await leftOf(world)).toEqual(NOTHING);
  });

  test('the same bytes with everything right are taken', async () => {
    expect((await exchange(world.server.url, whole(world, good, FORM_TYPE))).status).toBe(201);
  });

  test('an upload without a credential is refused before its body is read', async () => {
    const answer = await exchange(
      world.server.url,
      raw(world, head('file', 'x'), [FORM_TYPE, 'Content-Length: 500000', 'Connection: close'], null),
      { timeoutMs: 8_000 },
    );
    expect(answer.status).toBe(401);
    expect(world.writes).toBe(0);
  });

  test('an upload that breaks off leaves nothing', async () => {
    const socket = net.connect(Number(new URL(world.server.url).port), '127.0.0.1').on('error', () => undefined);
    socket.write(raw(world, head('file', 'x') + ROW.repeat(1_000), [FORM_TYPE, 'Content-Length: 900000']));
    await until(() => world.writes === 1);
    expect((await leftOf(world)).rows).toBe(1);
    socket.destroy();
    await until(async () => (await leftOf(world)).rows === 0);
    expect(await leftOf(world)).toEqual(NOTHING);
  });

  test('a connection whose upload was refused early carries the next request', async () => {
    const answer = await exchange(
      world.server.url,
      Buffer.concat([
        raw(world, good, [`Content-Length: ${good.length}`, 'Content-Type: text/plain']),
        raw(world, good, [`Content-Length: ${good.length}`, FORM_TYPE, 'Connection: close']),
      ]),
    );
    expect(answer.status).toBe(415);
    expect(await leftOf(world)).toMatchObject({ rows: 1 });
  });
});
