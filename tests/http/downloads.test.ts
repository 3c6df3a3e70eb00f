import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { startTestServer, type TestCaller, type TestServer } from '@tests/support/http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBufferPromise } from 'yauzl';
import { collectArtifacts } from '@/domain/artifacts/collect-artifacts';
import { removeExpiredLinks } from '@/domain/artifacts/remove-expired-links';
import { createLocalFiles } from '@/storage/local-files';
import { completedJob, goodFiles, runOf } from '../artifacts/support';
import { manualClock, systemCtx } from '../ledger/support';

interface Links {
  files: { name: string; bytes: number; sha256: string; url: string }[];
  archive: { name: string; url: string };
  expires_at: string;
}

let folder: string;
let server: TestServer;
let anna: TestCaller;
let model: string;
const clock = manualClock(new Date().toISOString()); // credentials are checked by the same clock
const left = goodFiles();
const KEPT = ['README.md', 'adapter_config.json', 'adapter_model.safetensors'];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pipeline-downloads-'));
  const files = createLocalFiles(folder);
  server = await startTestServer({ files, clock });
  anna = await server.createUser();
  const ctx = { ...systemCtx(server.db, clock), files };
  const collected = await collectArtifacts(ctx, { jobId: await completedJob(server.db, anna), run: runOf(left) });
  model = collected.outcome === 'collected' ? collected.artifactId : '';
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

async function links(): Promise<Links> {
  const { status, body } = await server.json<{ data: Links }>(`/api/models/${model}/download`, {
    method: 'POST',
    caller: anna,
  });
  expect(status).toBe(200);
  return body.data;
}

const bytesOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());
const get = (url: string, headers: Record<string, string> = {}, method = 'GET') =>
  server.request(url, { method, headers });

describe('a link', () => {
  it('gives the file as it was left, as an attachment that no cache keeps, without a credential', async () => {
    const { files } = await links();
    expect(files.map(({ name }) => name)).toEqual(KEPT);
    for (const { name, bytes, url } of files) {
      const response = await get(url);
      expect(response.status).toBe(200);
      expect(await bytesOf(response)).toEqual(left[name]);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'x-file-length': String(bytes), // the server makes Content-Length of it; see tests/server/http-server.test.ts
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename="${name}"`,
        'cache-control': 'private, no-store',
        'x-content-type-options': 'nosniff',
        'accept-ranges': 'bytes',
      });
    }
  });

  it('gives any part, and what parts make up is the whole', async () => {
    const { files, archive } = await links();
    for (const url of [files[2]?.url ?? '', archive.url]) {
      const whole = await bytesOf(await get(url));
      const head = await get(url, { range: 'bytes=0-40' });
      expect(head.status).toBe(206);
      expect(head.headers.get('content-range')).toBe(`bytes 0-40/${whole.length}`);
      const tail = await get(url, { range: 'bytes=41-', 'if-range': head.headers.get('etag') ?? '' });
      expect(tail.status).toBe(206);
      expect(Buffer.concat([await bytesOf(head), await bytesOf(tail)])).toEqual(whole);
      const last = await get(url, { range: 'bytes=-7' });
      expect(await bytesOf(last)).toEqual(whole.subarray(-7));
      const other = await get(url, { range: 'bytes=41-', 'if-range': '"of another file"' });
      expect(other.status).toBe(200);
      expect(await bytesOf(other)).toEqual(whole);
      const beyond = await get(url, { range: `bytes=${whole.length}-` });
      expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${whole.length}`]);
      const known = await get(url, { 'if-none-match': head.headers.get('etag') ?? '' });
      expect(known.status).toBe(304);
    }
  });

  it('tells HEAD how long the file is and sends nothing of it', async () => {
    const { files, archive } = await links();
    for (const url of [files[0]?.url ?? '', archive.url]) {
      const whole = await bytesOf(await get(url));
      const response = await get(url, {}, 'HEAD');
      expect(response.status).toBe(200);
      expect(response.headers.get('x-file-length')).toBe(String(whole.length));
      expect((await bytesOf(response)).length).toBe(0);
    }
  });

  it('to all files gives an archive that other programs read', async () => {
    const { archive } = await links();
    const response = await get(archive.url);
    expect(archive.name).toBe('My-first-run-U-mla-ut.zip');
    expect(response.headers.get('content-type')).toBe('application/zip');
    const zip = await fromBufferPromise(await bytesOf(response));
    const found: Record<string, string> = {};
    for await (const entry of zip.eachEntry())
      found[entry.fileName] = await text(await zip.openReadStreamPromise(entry));
    expect(found).toEqual(Object.fromEntries(KEPT.map((name) => [name, left[name]?.toString('utf8')])));
  });

  it('that is made up, cut short or of somebody else is not there', async () => {
    const { files } = await links();
    const good = files[0]?.url ?? '';
    for (const url of [good.slice(0, -1), `${good}A`, '/api/downloads/..%2f..%2fetc%2fpasswd']) {
      expect([400, 404], url).toContain((await get(url)).status);
    }
    expect((await get(`${good.slice(0, -1)}${good.endsWith('A') ? 'B' : 'A'}`)).status).toBe(404);
    const ben = await server.createUser();
    const { status } = await server.json(`/api/models/${model}/download`, { method: 'POST', caller: ben });
    expect(status).toBe(404);
  });

  it('works for a quarter of an hour', async () => {
    const { files, expires_at } = await links();
    const url = files[0]?.url ?? '';
    clock.set(Date.parse(expires_at) - 1);
    expect((await get(url)).status).toBe(200);
    clock.set(expires_at);
    expect((await get(url)).status).toBe(404);
    const { removed } = await removeExpiredLinks(
      systemCtx(server.db, { ...clock, now: () => new Date(Date.parse(expires_at) + 1) }),
    );
    expect(removed).toBeGreaterThanOrEqual(4);
  });

  it('leads nowhere once the adapter is deleted', async () => {
    const { files, archive } = await links();
    expect((await get(files[0]?.url ?? '')).status).toBe(200);
    const { status } = await server.json(`/api/models/${model}`, { method: 'DELETE', caller: anna });
    expect(status).toBe(200);
    expect((await get(files[0]?.url ?? '')).status).toBe(404);
    expect((await get(archive.url)).status).toBe(404);
  });
});
