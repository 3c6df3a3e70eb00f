import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { FileStore } from '@/lib/file-store';

/** A store under test, and what a test needs beside it. */
export interface StoreAtHand {
  readonly files: FileStore;
}

const chunked = async function* (content: Buffer, size = 64 * 1024) {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
};

async function bytesOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function keysOf(files: FileStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of files.list(prefix)) keys.push(key);
  return keys.sort();
}

const key = () => `datasets/${randomUUID()}/data`;

/** What every store of files has to do. */
export function describeFileStore(name: string, at: () => StoreAtHand): void {
  describe(name, () => {
    test.each([0, 1, 100_000, 3_000_000])(
      'gives back %i bytes as they were written, with size and digest',
      async (n) => {
        const { files } = at();
        const content = randomBytes(n);
        const where = key();
        const stored = await files.write(where, chunked(content));
        expect(stored.bytes).toBe(n);
        expect(stored.sha256.toString('hex')).toBe(createHash('sha256').update(content).digest('hex'));
        expect(await files.size(where)).toBe(n);
        expect((await bytesOf(await files.read(where))).equals(content)).toBe(true);
      },
    );

    test('reads a range, both ends included', async () => {
      const { files } = at();
      const content = randomBytes(100_000);
      const where = key();
      await files.write(where, chunked(content));
      const part = await bytesOf(await files.read(where, { start: 10, end: 70_000 }));
      expect(part.equals(content.subarray(10, 70_001))).toBe(true);
    });

    test('replaces a file by the next one of its key', async () => {
      const { files } = at();
      const where = key();
      await files.write(where, chunked(Buffer.from('first')));
      await files.write(where, chunked(Buffer.from('second')));
      expect((await bytesOf(await files.read(where))).toString()).toBe('second');
    });

    test('leaves nothing of a file whose source fails, and what was there before as it was', async () => {
      const { files } = at();
      const [fresh, kept] = [key(), key()];
      await files.write(kept, chunked(Buffer.from('kept')));
      const failing = async function* () {
        yield randomBytes(200_000);
        throw new Error('the client hung up');
      };
      await expect(files.write(fresh, failing())).rejects.toThrow('the client hung up');
      await expect(files.write(kept, failing())).rejects.toThrow('the client hung up');
      expect(await files.size(fresh)).toBeNull();
      expect((await bytesOf(await files.read(kept))).toString()).toBe('kept');
      expect(await keysOf(files, 'incoming/')).toEqual([]);
    });

    test('says that a file is not there', async () => {
      const { files } = at();
      const where = key();
      expect(await files.size(where)).toBeNull();
      await expect(files.read(where)).rejects.toMatchObject({ name: 'PipelineError', code: 'not_found' });
      await expect(files.remove(where)).resolves.toBeUndefined();
    });

    test('forgets a file that was removed', async () => {
      const { files } = at();
      const where = key();
      await files.write(where, chunked(Buffer.from('x')));
      await files.remove(where);
      expect(await files.size(where)).toBeNull();
      await files.write(where, chunked(Buffer.from('y')));
      expect(await files.size(where)).toBe(1);
    });

    test('lists what begins with a prefix, with the time of its last change', async () => {
      const { files } = at();
      const id = randomUUID();
      const wanted = [`artifacts/${id}/1`, `artifacts/${id}/2`];
      for (const each of [...wanted, `artifacts/${randomUUID()}/1`]) await files.write(each, chunked(Buffer.from('x')));
      expect(await keysOf(files, `artifacts/${id}/`)).toEqual(wanted);
      expect((await keysOf(files, 'artifacts/')).length).toBeGreaterThanOrEqual(3);
      expect(await keysOf(files, 'nothing/')).toEqual([]);
      for await (const { changedAt } of files.list(`artifacts/${id}/`)) {
        expect(Math.abs(Date.now() - changedAt.getTime())).toBeLessThan(60_000);
      }
    });

    test.each(['', '/', '../x', 'a/../b', 'a//b', '/etc/passwd', 'a\\b', 'a/b\0', '.hidden', 'a/..', 'x'.repeat(600)])(
      'refuses the key %j',
      async (bad) => {
        const { files } = at();
        await expect(files.write(bad, chunked(Buffer.from('x')))).rejects.toThrow(TypeError);
        await expect((async () => files.read(bad))()).rejects.toThrow(TypeError);
        await expect((async () => files.size(bad))()).rejects.toThrow(TypeError);
        await expect((async () => files.remove(bad))()).rejects.toThrow(TypeError);
      },
    );

    test('writes many files at once', async () => {
      const { files } = at();
      const contents = Array.from({ length: 20 }, () => randomBytes(50_000));
      const keys = contents.map(() => key());
      await Promise.all(contents.map((content, i) => files.write(keys[i] ?? '', chunked(content))));
      for (const [i, content] of contents.entries()) {
        expect((await bytesOf(await files.read(keys[i] ?? ''))).equals(content)).toBe(true);
      }
    });
  });
}
