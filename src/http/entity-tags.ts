/** What `If-None-Match` says the caller already has; `any` for `*`. */
export type KnownTags = { readonly any: boolean; readonly tags: readonly string[] };

const MOST_TAGS = 50;
const ONE_TAG = /\s*(?:W\/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|$)/y;

/**
 * Reads an `If-None-Match` header (RFC 9110, 13.1.2): a list of tags, weak or strong, compared weakly, or `*`.
 * What cannot be read names no tag, so that a broken header costs a full answer and never a wrong one.
 */
export function parseIfNoneMatch(header: string | null): KnownTags {
  if (header === null) return { any: false, tags: [] };
  if (header.trim() === '*') return { any: true, tags: [] };
  const tags: string[] = [];
  ONE_TAG.lastIndex = 0;
  while (ONE_TAG.lastIndex < header.length && tags.length < MOST_TAGS) {
    const found = ONE_TAG.exec(header);
    if (!found) break;
    if (found[1] !== undefined) tags.push(found[1]);
  }
  return { any: false, tags };
}

/** The header value of a tag; weak, because compression on the way changes the bytes and not the meaning. */
export function formatTag(tag: string): string {
  if (!/^[\x21\x23-\x7e]+$/.test(tag))
    throw new TypeError('an entity tag is made of visible ASCII characters without quotes');
  return `W/"${tag}"`;
}
