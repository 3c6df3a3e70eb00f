/** Every kind of event that the product tells people about; a new one is added here first. */
export const NOTIFICATION_TYPES = [
  'job_queued',
  'job_started',
  'job_completed',
  'job_failed',
  'job_cancelled',
  'job_stuck',
  'artifact_ready',
  'artifact_failed',
  'dataset_ready',
  'dataset_invalid',
] as const;
export type NotificationType = (typeof NOTIFICATION_TYPES)[number];

export const PRIORITIES = ['low', 'medium', 'high', 'urgent'] as const;
export type Priority = (typeof PRIORITIES)[number];

const LONGEST_ADDRESS = 2_000;
/** Browsers drop or bend these as they read an address: control characters, the blank, and the backslash. */
const BENT = /[\p{Cc} \\]/u;
const NUL = '\u0000';

/**
 * Whether a notification may lead there: a path of our own site (`/x`, never `//x`) or an https address. The database
 * holds the same rule as a check.
 */
export function isSafeActionUrl(address: string): boolean {
  if (address.length > LONGEST_ADDRESS || BENT.test(address)) return false;
  return /^\/($|[^/])/.test(address) || (/^https:\/\/[^/?#]/i.test(address) && URL.canParse(address));
}

/** Whether Postgres can keep a text: it takes no NUL, and half a surrogate pair is no character. */
export const isStorableText = (text: string): boolean => text.isWellFormed() && !text.includes(NUL);

/** The same for every name and text of a JSON value. */
export function isStorableJson(value: unknown): boolean {
  let storable = true;
  JSON.stringify(value, (name, part: unknown) => {
    if (!isStorableText(name) || (typeof part === 'string' && !isStorableText(part))) storable = false;
    return part;
  });
  return storable;
}

/** Unread is what nobody marked as read and what became unread after the watermark of "read all". */
export const isUnread = (row: { read: boolean; unreadSeq: number }, readUpto: number): boolean =>
  !row.read && row.unreadSeq > readUpto;

/** Drops later rows with a dedupe key that an earlier one of the same user has. */
export function withoutRepeats<R extends { userId: string; dedupeKey: string | null }>(rows: readonly R[]): R[] {
  const seen = new Set<string>();
  return rows.filter(({ userId, dedupeKey }) => {
    if (dedupeKey === null) return true;
    const key = `${userId.toLowerCase()} ${dedupeKey}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
