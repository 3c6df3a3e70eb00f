import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface StoredObject {
  readonly content: Buffer;
  readonly at: string;
}

export interface FakeStorage {
  readonly url: string;
  readonly objects: Map<string, StoredObject>;
  /** Buckets by name, with whether everybody may read them. */
  readonly buckets: Map<string, boolean>;
  /** Most bytes of an object; beyond them 413, as Storage says it. */
  mostBytes: number;
  /** Answers 503 to everything. */
  away: boolean;
  close(): Promise<void>;
}

type Answer = { readonly status: number; readonly body?: unknown; readonly raw?: Buffer };

const SECRET = 'secret-key';
const PREFIX = '/storage/v1';

/** An error as Storage writes it: often with status 400 and the true one in the body. */
const failure = (statusCode: number, error: string, message: string, status = 400): Answer => ({
  status,
  body: { statusCode: String(statusCode), error, message },
});
const NOT_FOUND = failure(404, 'not_found', 'Object not found');

async function contentOf(request: IncomingMessage, most: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size <= most) chunks.push(chunk as Buffer);
  }
  return size > most ? null : Buffer.concat(chunks);
}

const jsonOf = async (request: IncomingMessage): Promise<Record<string, unknown>> =>
  JSON.parse((await contentOf(request, 1e6))?.toString() || '{}');

/** The calls of Supabase Storage that our store makes, in memory. */
export async function startFakeStorage(): Promise<FakeStorage> {
  const fake: Omit<FakeStorage, 'url' | 'close'> = {
    objects: new Map(),
    buckets: new Map(),
    mostBytes: 1e9,
    away: false,
  };
  const server = createServer((request, response) => {
    answer(fake, request)
      .catch((): null => null) // the sender broke off: nothing is kept, nobody is told
      .then((found) => (found ? send(response, found) : response.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(fake, {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

function send(response: ServerResponse, { status, body, raw }: Answer): void {
  response.writeHead(status, { 'content-type': raw ? 'application/octet-stream' : 'application/json' });
  response.end(raw ?? JSON.stringify(body ?? {}));
}

async function answer(fake: Omit<FakeStorage, 'url' | 'close'>, request: IncomingMessage): Promise<Answer> {
  if (fake.away) return failure(503, 'unavailable', 'away', 503);
  if (request.headers.apikey !== SECRET || request.headers.authorization !== `Bearer ${SECRET}`) {
    return failure(403, 'Unauthorized', 'Invalid Compact JWS');
  }
  const path = decodeURIComponent((request.url ?? '').slice(PREFIX.length));
  const [, kind, ...rest] = path.split('/');
  if (kind === 'bucket') return bucketCall(fake, request, rest[0]);
  const [action, ...place] = rest;
  switch (`${request.method} ${action}`) {
    case 'GET authenticated':
      return download(fake, place.join('/'), request.headers.range);
    case 'GET info':
      return info(fake, place.join('/'));
    case 'POST list':
      return list(fake, place[0] ?? '', await jsonOf(request));
    case 'POST move':
      return move(fake, await jsonOf(request));
  }
  if (request.method === 'DELETE') return removeAll(fake, action ?? '', await jsonOf(request));
  return upload(fake, rest.join('/'), request);
}

async function bucketCall(
  { buckets }: Pick<FakeStorage, 'buckets'>,
  request: IncomingMessage,
  name = '',
): Promise<Answer> {
  if (request.method === 'GET') {
    return buckets.has(name)
      ? { status: 200, body: { id: name, name } }
      : failure(404, 'Bucket not found', 'Bucket not found');
  }
  const wanted = await jsonOf(request);
  buckets.set(String(wanted.name), wanted.public === true);
  return { status: 200, body: { name: wanted.name } };
}

async function upload(
  fake: Omit<FakeStorage, 'url' | 'close'>,
  key: string,
  request: IncomingMessage,
): Promise<Answer> {
  if (!fake.buckets.has(key.split('/')[0] ?? '')) return failure(404, 'Bucket not found', 'Bucket not found');
  const content = await contentOf(request, fake.mostBytes);
  if (content === null) return failure(413, 'Payload too large', 'The object exceeded the maximum allowed size');
  if (fake.objects.has(key)) return failure(409, 'Duplicate', 'The resource already exists');
  fake.objects.set(key, { content, at: new Date().toISOString() });
  return { status: 200, body: { Id: key, Key: key } };
}

function move({ objects }: Pick<FakeStorage, 'objects'>, wanted: Record<string, unknown>): Answer {
  const [from, to] = [`${wanted.bucketId}/${wanted.sourceKey}`, `${wanted.bucketId}/${wanted.destinationKey}`];
  const object = objects.get(from);
  if (!object) return NOT_FOUND;
  if (objects.has(to)) return failure(409, 'Duplicate', 'The resource already exists');
  objects.delete(from);
  objects.set(to, object);
  return { status: 200, body: { message: 'Successfully moved' } };
}

function removeAll({ objects }: Pick<FakeStorage, 'objects'>, bucket: string, wanted: Record<string, unknown>): Answer {
  for (const prefix of wanted.prefixes as string[]) objects.delete(`${bucket}/${prefix}`);
  return { status: 200, body: [] };
}

function download({ objects }: Pick<FakeStorage, 'objects'>, key: string, range: string | undefined): Answer {
  const object = objects.get(key);
  if (!object) return NOT_FOUND;
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  if (start === undefined) return { status: 200, raw: object.content };
  return { status: 206, raw: object.content.subarray(Number(start), Number(end) + 1) };
}

function info({ objects }: Pick<FakeStorage, 'objects'>, key: string): Answer {
  const object = objects.get(key);
  return object ? { status: 200, body: { id: key, name: key, size: object.content.length } } : NOT_FOUND;
}

/** One level: objects with an id, folders without. */
function list({ objects }: Pick<FakeStorage, 'objects'>, bucket: string, wanted: Record<string, unknown>): Answer {
  const folder = wanted.prefix ? `${bucket}/${wanted.prefix}/` : `${bucket}/`;
  const found = new Map<string, object>();
  for (const [key, { at }] of objects) {
    if (!key.startsWith(folder)) continue;
    const [name = '', ...deeper] = key.slice(folder.length).split('/');
    found.set(name, { name, id: deeper.length > 0 ? null : key, updated_at: deeper.length > 0 ? null : at });
  }
  const all = [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  const offset = Number(wanted.offset ?? 0);
  return { status: 200, body: all.slice(offset, offset + Number(wanted.limit ?? 100)) };
}
