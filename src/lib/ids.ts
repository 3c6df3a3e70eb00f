declare const userIdBrand: unique symbol;

/** The id of an account that a verified credential or a row of the database vouches for. */
export type UserId = string & { readonly [userIdBrand]: true };

/** The canonical text form of a UUID, any version. */
export const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Marks a text as an account's id. Only identity/ (after checking a credential) and db/ or a store (reading a row)
 * may call this: the layer check holds it.
 */
export function asUserId(text: string): UserId {
  if (!UUID_PATTERN.test(text)) throw new TypeError('not a user id');
  return text.toLowerCase() as UserId;
}
