import { exchange } from '@tests/support/raw-http';
import { describe, expect, test } from 'vitest';
import { StoreFullError } from '@/lib/file-store';
import {
  BOUNDARY,
  FORM_TYPE,
  formOf,
  head,
  leftOf,
  MOST_BYTES,
  NOTHING,
  post,
  ROW,
  raw,
  serveUploads,
  uniqueRow,
  until,
} from './serve-uploads';

const world = serveUploads();

describe('room', () => {
  test('a full disk is 503 with a sentence, and nothing is left', async () => {
    world.write = async (_key, content) => {
      for await (const _ of content) throw new StoreFullError('the disk is full');
      throw new Error('no content');
    };
    const { status, body, headers } = await post(world, formOf(ROW));
    expect({ status, details: body.details }).toEqual({
      status: 503,
      details: expect.stringContaining('no room left for files'),
    });
    expect(headers.get('retry-after')).toBe('60');
    expect(await leftOf(world)).toEqual(NOTHING);
  });

  test('an account that has used its share is told so with 409', async () => {
    for (let i = 0; i < 2; i++)
      expect((await post(world, formOf(`${i}${'x'.repeat(MOST_BYTES - 1)}`))).status).toBe(201);
    // by what is announced
    const announced = await post(world, formOf('y'.repeat(MOST_BYTES)));
    expect(announced).toMatchObject({
      status: 409,
      body: { details: expect.stringMatching(/take 2 MB of 2\.5 MB/) },
    });
    expect(world.writes).toBe(2);
    // by what comes, where nothing is announced
    const body = `${head('file', 'x')}${'y'.repeat(MOST_BYTES - 1)}\r\n--${BOUNDARY}--\r\n`;
    const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const came = await exchange(
      world.server.url,
      raw(world, chunked, [FORM_TYPE, 'Transfer-Encoding: chunked', 'Connection: close']),
    );
    expect(came.status).toBe(409);
    expect(world.writes).toBe(3);
    const left = await leftOf(world);
    expect({ rows: left.rows, files: left.files.length }).toEqual({ rows: 2, files: 2 });
    // others have room, and so has this one for what fits
    expect((await post(world, formOf('z'.repeat(400_000)))).status).toBe(201);
    expect((await post(world, formOf('y'.repeat(MOST_BYTES)), await world.server.createUser())).status).toBe(201);
  });

  test('two uploads at once that fit alone and not together: one is refused', async () => {
    expect((await post(world, formOf('x'.repeat(MOST_BYTES)))).status).toBe(201);
    const both = await Promise.all(['y', 'z'].map((c) => post(world, formOf(c.repeat(MOST_BYTES)))));
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect((await leftOf(world)).rows).toBe(2);
  });

  test('the ninth upload at once is refused', async () => {
    const gate = Promise.withResolvers<void>();
    world.write = async (key, content) => {
      await gate.promise;
      return world.local.write(key, content);
    };
    const eight = Array.from({ length: 8 }, () => post(world, formOf(uniqueRow())));
    await until(() => world.writes === 8);
    expect(await post(world, formOf(uniqueRow()))).toMatchObject({
      status: 409,
      body: { details: expect.stringContaining('8 uploads') },
    });
    gate.resolve();
    expect((await Promise.all(eight)).map(({ status }) => status)).toEqual(Array(8).fill(201));
    expect((await post(world, formOf(uniqueRow()))).status).toBe(201);
  });
});
