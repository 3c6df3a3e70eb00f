import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { notFound, unavailable } from '@/lib/errors';
import { type FileStore, type StoredFile, StoreFullError } from '@/lib/file-store';
import { folderOf, INCOMING, segmentsOf } from './file-key';

export interface SupabasePlace {
  readonly url: string;
  /** The project's secret (service role) key. It passes row-level security, so it stays in this process. */
  readonly secretKey: string;
  readonly bucket: string;
}

type Bucket = ReturnType<SupabaseClient['storage']['from']>;
type Failure = {
  readonly message: string;
  readonly status?: number | undefined;
  readonly statusCode?: string | undefined;
};

const PAGE = 1_000;

/** Storage tells the true status in the body of an answer whose own status may be 400. */
const isStatus = (failure: Failure, ...statuses: number[]): boolean =>
  statuses.some((status) => failure.status === status || failure.statusCode === String(status));

const isAbsent = (failure: Failure): boolean =>
  isStatus(failure, 404) || failure.statusCode === 'NoSuchKey' || failure.statusCode === 'not_found';

const away = (failure: Failure): Error =>
  unavailable('The store of files does not answer at the moment. Try again in a few seconds.', failure);

/** Objects in a private bucket of Supabase Storage, which is made where it is missing. */
export function createSupabaseFiles(place: SupabasePlace): FileStore {
  const { storage } = createClient(place.url, place.secretKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
  });
  const bucket = storage.from(place.bucket);
  let ready: Promise<void> | undefined;
  const prepare = (): Promise<void> => {
    ready ??= makeBucket(storage, place.bucket).catch((error: unknown) => {
      ready = undefined;
      throw error;
    });
    return ready;
  };
  return {
    async write(key, content) {
      segmentsOf(key);
      await prepare();
      return write(bucket, key, content);
    },
    read: (key, range) => read(place, segmentsOf(key), range),
    async size(key) {
      segmentsOf(key);
      const { data, error } = await bucket.info(key);
      if (error) return absentAs(null, error);
      return data.size ?? null;
    },
    async remove(key) {
      segmentsOf(key);
      const { error } = await bucket.remove([key]);
      if (error) absentAs(null, error);
    },
    list: (prefix) => listFrom(bucket, prefix),
  };
}

function absentAs<V>(value: V, failure: Failure): V {
  if (isAbsent(failure)) return value;
  throw away(failure);
}

async function makeBucket(storage: SupabaseClient['storage'], name: string): Promise<void> {
  const { error: missing } = await storage.getBucket(name);
  if (!missing) return;
  const { error } = await storage.createBucket(name, { public: false });
  if (error && !isStatus(error, 409) && !/exist/i.test(error.message)) throw away(error);
}

/**
 * Sends the file in one streamed request, under a temporary name, and moves it when it is whole: Storage drops what
 * breaks off, and a reader never meets half a file.
 */
async function write(bucket: Bucket, key: string, content: AsyncIterable<Uint8Array>): Promise<StoredFile> {
  const waiting = `${INCOMING}/${randomUUID()}`;
  const hash = createHash('sha256');
  let bytes = 0;
  let broken: { readonly cause: unknown } | undefined;
  async function* counted() {
    try {
      for await (const chunk of content) {
        hash.update(chunk);
        bytes += chunk.byteLength;
        yield chunk;
      }
    } catch (cause) {
      broken = { cause };
      throw cause;
    }
  }
  const body = Readable.toWeb(Readable.from(counted(), { objectMode: false })) as ReadableStream<Uint8Array>;
  const sent = await bucket.upload(waiting, body, { contentType: 'application/octet-stream', duplex: 'half' });
  const failed = sent.error ?? (await moveTo(bucket, waiting, key));
  if (!failed && !broken) return { bytes, sha256: hash.digest() };
  await bucket.remove([waiting]);
  if (broken) throw broken.cause;
  if (failed && isStatus(failed, 413, 507)) throw new StoreFullError('the bucket is full', { cause: failed });
  throw away(failed ?? { message: 'broken off' });
}

/** Gives an object its name; one that had it before makes room. */
async function moveTo(bucket: Bucket, from: string, to: string): Promise<Failure | null> {
  const first = await bucket.move(from, to);
  if (!first.error || !(isStatus(first.error, 409) || /exist/i.test(first.error.message))) return first.error;
  await bucket.remove([to]);
  return (await bucket.move(from, to)).error;
}

/** The client library knows no ranges, so this one call asks for itself. */
async function read(
  { url, secretKey, bucket }: SupabasePlace,
  segments: readonly string[],
  range: { start: number; end: number } | undefined,
): Promise<Readable> {
  const response = await fetch(`${url}/storage/v1/object/authenticated/${[bucket, ...segments].join('/')}`, {
    headers: {
      apikey: secretKey,
      authorization: `Bearer ${secretKey}`,
      'accept-encoding': 'identity',
      ...(range && { range: `bytes=${range.start}-${range.end}` }),
    },
  }).catch((cause: Error) => Promise.reject(away(cause)));
  if (response.ok && response.body && (!range || response.status === 206)) {
    return Readable.fromWeb(response.body as NodeReadableStream<Uint8Array>);
  }
  const text = await response.text();
  const { statusCode, error } = readFailure(text);
  if (isAbsent({ message: text, status: response.status, statusCode }) || error === 'not_found') throw notFound('file');
  throw away({ message: text.slice(0, 500), status: response.status });
}

function readFailure(text: string): { statusCode?: string; error?: string } {
  try {
    const { statusCode, error } = JSON.parse(text) as { statusCode?: unknown; error?: unknown };
    return { statusCode: String(statusCode), error: String(error) };
  } catch {
    return {};
  }
}

async function* listFrom(bucket: Bucket, prefix: string): AsyncGenerator<{ key: string; changedAt: Date }> {
  for await (const each of objectsBelow(bucket, folderOf(prefix).join('/')))
    if (each.key.startsWith(prefix)) yield each;
}

/** Storage lists one folder at a time; what has no id is a folder. */
async function* objectsBelow(bucket: Bucket, folder: string): AsyncGenerator<{ key: string; changedAt: Date }> {
  const below = (name: string) => (folder === '' ? name : `${folder}/${name}`);
  const folders: string[] = [];
  for (let offset = 0; ; offset += PAGE) {
    const options = { limit: PAGE, offset, sortBy: { column: 'name', order: 'asc' } };
    const { data, error } = await bucket.list(folder, options);
    if (error) return absentAs(undefined, error);
    for (const { id, name, updated_at, created_at } of data) {
      if (id === null) folders.push(below(name));
      else yield { key: below(name), changedAt: new Date(updated_at ?? created_at ?? 0) };
    }
    if (data.length < PAGE) break;
  }
  for (const each of folders) yield* objectsBelow(bucket, each);
}
