import { z } from 'zod';
import { AuthFailure } from '@/identity/failure';

/** Far more than any request of a client of ours. */
const MOST_BYTES = 16 * 1024;
/** Metadata travels in every access token and in the cookie. */
const MOST_METADATA = 2_000;
const DEEPEST_METADATA = 8;

/** Whether a value can be kept as jsonb: not too deep, and no text holds a NUL or half a surrogate pair. */
function isSound(value: unknown, levels: number): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0');
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.entries(value).every(([name, entry]) => isSound(name, 0) && isSound(entry, levels - 1));
}

/** An address as people type it: outer spaces and capitals do not matter. */
export const emailSchema = z
  .string('Send the field "email" as a text.')
  .trim()
  .toLowerCase()
  .min(3, 'Unable to validate email address: invalid format')
  .max(254, 'The e-mail address is too long: at most 254 characters.')
  .regex(/^[^\s@\p{C}]+@[^\s@\p{C}]+$/u, 'Unable to validate email address: invalid format');

/** No rules here: a password that was good when it was set stays good. */
export const passwordSchema = z
  .string('Send the field "password" as a text.')
  .min(1, 'Send a password.')
  .max(1_000, 'The password is too long: use at most 200 characters.');

export const metadataSchema = z
  .record(z.string(), z.unknown(), 'Send the field "data" as an object.')
  .refine(
    (data) => isSound(data, DEEPEST_METADATA) && JSON.stringify(data).length <= MOST_METADATA,
    `The field "data" is too deep, longer than ${MOST_METADATA} characters, or holds characters that cannot be stored.`,
  );

async function readText(request: Request): Promise<string> {
  const tooLarge = new AuthFailure(413, 'request_too_large', `Send at most ${MOST_BYTES} bytes.`);
  if (request.body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      size += part.value.byteLength;
      if (size > MOST_BYTES) throw tooLarge;
      chunks.push(part.value);
    }
  } finally {
    reader.releaseLock();
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks, size));
}

async function readJson(request: Request): Promise<unknown> {
  // a page of another site cannot send this type without asking first, and is refused when it asks
  if (!/^application\/json\b/i.test(request.headers.get('content-type') ?? '')) {
    throw new AuthFailure(400, 'bad_json', 'Send JSON with "Content-Type: application/json".');
  }
  try {
    return JSON.parse(await readText(request));
  } catch (error) {
    if (error instanceof AuthFailure) throw error;
    throw new AuthFailure(400, 'bad_json', 'Could not parse request body as JSON');
  }
}

/** Reads and checks the body of a call; fields that the schema does not know are left out, as clients send many. */
export async function readInput<S extends z.ZodType>(request: Request, schema: S): Promise<z.output<S>> {
  const result = schema.safeParse(await readJson(request));
  if (result.success) return result.data;
  throw new AuthFailure(400, 'validation_failed', result.error.issues[0]?.message ?? 'The body is not valid.');
}
