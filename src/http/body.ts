import { type JsonValue, parseJson } from '@/http/json';
import { badInput, PipelineError } from '@/lib/errors';

/** Most bytes of a body unless a route says otherwise: far more than any form of ours sends. */
export const DEFAULT_MAX_BYTES = 64 * 1024;

/**
 * Reads a request's body as a JSON object; undefined where there is no body. A content type is asked for only where
 * there are bytes. Reading stops at `maxBytes`, whatever `Content-Length` claims.
 *
 * @throws PipelineError `too_large`, `unsupported_media_type` or `bad_input`.
 */
export async function readBody(request: Request, maxBytes: number): Promise<Record<string, JsonValue> | undefined> {
  const bytes = await readBytes(request, maxBytes);
  if (bytes.byteLength === 0) return undefined;
  refuseOtherTypes(request.headers);
  const value = parseJson(decodeUtf8(bytes));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badInput('The body is JSON but no object: send the fields in { … }.');
  }
  return value;
}

async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = new PipelineError('too_large', `The body is too large: send at most ${maxBytes} bytes.`);
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge;
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.byteLength;
      if (size > maxBytes) throw tooLarge;
      chunks.push(value);
    }
  } catch (error) {
    if (error === tooLarge) throw error;
    throw badInput('The body broke off before its end: send it whole.');
  } finally {
    // Released and not cancelled: a cancelled body takes the connection with it, and the answer never arrives.
    reader.releaseLock();
  }
  return Buffer.concat(chunks, size);
}

function refuseOtherTypes(headers: Headers): void {
  const encoding = headers.get('content-encoding');
  if (encoding !== null && encoding.toLowerCase() !== 'identity') {
    throw new PipelineError('unsupported_media_type', 'The body is compressed: send it without Content-Encoding.');
  }
  const [type = '', ...parameters] = (headers.get('content-type') ?? '').toLowerCase().split(';');
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('charset='));
  if (type.trim() !== 'application/json' || (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset))) {
    throw new PipelineError(
      'unsupported_media_type',
      'The body must be JSON in UTF-8: send "Content-Type: application/json".',
    );
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw badInput('The body is not UTF-8: send it in that encoding.');
  }
}
