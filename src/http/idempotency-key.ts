import { badInput } from '@/lib/errors';

export const IDEMPOTENCY_HEADER = 'Idempotency-Key';
/** What the header may hold; the OpenAPI document says the same. */
export const IDEMPOTENCY_PATTERN = '^[\\x20-\\x7e]{1,200}$';

const shape = new RegExp(IDEMPOTENCY_PATTERN);

/**
 * The caller's name for a request, by which sending it again does nothing again; null where there is none.
 *
 * @throws PipelineError `bad_input`
 */
export function readIdempotencyKey(headers: Headers): string | null {
  const key = headers.get(IDEMPOTENCY_HEADER);
  if (key === null) return null;
  if (!shape.test(key)) {
    throw badInput(
      `The header ${IDEMPOTENCY_HEADER} takes 1 to 200 printable ASCII characters: send a UUID, or leave it out.`,
    );
  }
  return key;
}
