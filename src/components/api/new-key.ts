/** A new name for a request, 128 random bits. Not `randomUUID`, which there is for https and localhost only. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A submission and the name under which it was sent. */
export interface Sent {
  content: string;
  key: string;
}

/** The same name for the same content, so that sending it again has no second effect; a new one for anything else. */
export const keyFor = (last: Sent | null, content: string, makeKey = newKey): Sent =>
  last?.content === content ? last : { content, key: makeKey() };
