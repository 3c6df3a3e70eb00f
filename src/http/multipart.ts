import { Busboy, type BusboyInstance } from '@fastify/busboy';
import type { z } from 'zod';
import { Form, MOST_FIELDS, MOST_OF_FIELD } from '@/http/form';
import { badInput, PipelineError } from '@/lib/errors';
import type { Upload } from '@/lib/upload';

/** Most bytes of a form beside its file. */
const MOST_BESIDE = 64 * 1024;

/** An upload that was begun; `end` lets go of the request's body, read to its end or not. */
export type OpenUpload<F> = Upload<F> & { end(): Promise<void> };

/**
 * Reads a request of the type multipart/form-data up to the beginning of its file, which then streams as fast as it is
 * taken. The parts may come in any order; `file` is the only one with a file.
 *
 * @throws PipelineError `bad_input`, `unsupported_media_type` or `too_large`, before any of the file is read
 */
export async function openUpload<S extends z.ZodObject>(
  request: Request,
  fields: S,
  maxBytes: number,
): Promise<OpenUpload<z.output<S>>> {
  const announcedBytes = announced(request.headers);
  const tooLarge = new PipelineError('too_large', `The file is too large: send at most ${megabytes(maxBytes)}.`);
  const form = new Form(parserOf(request, maxBytes), fields, tooLarge);
  if (announcedBytes !== null && announcedBytes > maxBytes + MOST_BESIDE) throw tooLarge;
  const body: ReadableStreamDefaultReader<Uint8Array> | undefined = request.body?.getReader();
  if (!body) throw noBody();
  form.readFrom(body, maxBytes + MOST_BESIDE);
  try {
    const fileName = await form.begun;
    return {
      fileName,
      announcedBytes,
      content: form.content(),
      fields: () => form.fields(),
      end: () => form.end(),
    };
  } catch (error) {
    await form.end();
    throw error;
  }
}

const megabytes = (bytes: number): string =>
  `${(bytes / 1e6).toLocaleString('en-US', { maximumFractionDigits: 3 })} MB`;

const noBody = () => badInput('The request has no body: send a form with the field "file" as multipart/form-data.');

function announced(headers: Headers): number | null {
  const length = headers.get('content-length');
  return length === null ? null : Number(length);
}

function parserOf({ headers }: Request, maxBytes: number): BusboyInstance {
  if (announced(headers) === 0 || (announced(headers) === null && !headers.has('transfer-encoding'))) throw noBody();
  const encoding = headers.get('content-encoding');
  if (encoding !== null && encoding.toLowerCase() !== 'identity') {
    const advice = 'send it without Content-Encoding (the file itself may be packed with gzip)';
    throw new PipelineError('unsupported_media_type', `The body is compressed: ${advice}.`);
  }
  const type = headers.get('content-type') ?? '';
  if (!/^multipart\/form-data\s*(;|$)/i.test(type)) {
    throw new PipelineError(
      'unsupported_media_type',
      'The body must be a form: send "Content-Type: multipart/form-data".',
    );
  }
  const limits = { fileSize: maxBytes, files: 1, fields: MOST_FIELDS, fieldSize: MOST_OF_FIELD, headerSize: 16 * 1024 };
  try {
    return new Busboy({
      headers: { 'content-type': type },
      limits,
      isPartAFile: (_name, _type, file) => file !== undefined,
    });
  } catch {
    throw badInput('The Content-Type of the form has no boundary: let your program write it.');
  }
}
