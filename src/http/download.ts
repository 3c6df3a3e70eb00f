import { Readable } from 'node:stream';
import { type Answer, baseHeaders } from '@/http/answer';
import { parseIfNoneMatch } from '@/http/entity-tags';
import { type ByteRange, readRange } from '@/http/range';

/** A file that is ready to be sent, whole or in part. */
export interface Sendable {
  /** A plain name: letters, digits, dots, dashes, underscores. */
  readonly name: string;
  readonly bytes: number;
  /** Changes when the content does. */
  readonly tag: string;
  open(range: ByteRange): Promise<Readable>;
}

/** The length of a file under a name of ours: Next takes `Content-Length` away, and the server puts it back. */
export const LENGTH_HEADER = 'X-File-Length';

/** Opened when somebody reads: an answer to HEAD, or to a caller who has gone, never is. */
async function* contentOf(file: Sendable, range: ByteRange): AsyncGenerator<Uint8Array> {
  yield* await file.open(range);
}

/**
 * The answer that sends a file: as an attachment whatever it is, kept by no cache, whole or the range asked for
 * (RFC 9110: `Range`, `If-Range`, `If-None-Match`).
 */
export function downloadAnswer(request: Request, file: Sendable): Answer {
  const tag = `"${file.tag}"`; // a strong one: parts of two downloads may be put together by it
  const headers = baseHeaders('no-store');
  headers.set('Accept-Ranges', 'bytes');
  headers.set('ETag', tag);
  const known = parseIfNoneMatch(request.headers.get('if-none-match'));
  if (known.any || known.tags.includes(file.tag)) return { status: 304, headers, body: null };
  const ifRange = request.headers.get('if-range');
  const asked = ifRange === null || ifRange === tag ? request.headers.get('range') : null;
  const range = readRange(asked, file.bytes);
  if (range === 'unsatisfiable') {
    headers.set('Content-Range', `bytes */${file.bytes}`);
    return { status: 416, headers, body: null };
  }
  const sent = range === 'whole' ? { start: 0, end: file.bytes - 1 } : range;
  if (range !== 'whole') headers.set('Content-Range', `bytes ${range.start}-${range.end}/${file.bytes}`);
  headers.set(LENGTH_HEADER, String(sent.end - sent.start + 1));
  headers.set('Content-Type', file.name.endsWith('.zip') ? 'application/zip' : 'application/octet-stream');
  headers.set('Content-Disposition', `attachment; filename="${file.name.replaceAll(/[^A-Za-z0-9._-]/g, '_')}"`);
  const body = Readable.toWeb(
    Readable.from(contentOf(file, sent), { objectMode: false }),
  ) as ReadableStream<Uint8Array>;
  return { status: range === 'whole' ? 200 : 206, headers, body };
}
