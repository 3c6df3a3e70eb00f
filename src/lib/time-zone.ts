import { Temporal } from 'temporal-polyfill';

// Offsets (+02:00) and date-times would pass as zones without this. 'SystemV/…' is known to ICU alone, not to the IANA.
const ZONE_NAME = /^(?!SystemV\/)[A-Za-z][A-Za-z0-9_+\-/]{1,63}$/i;

const UTC_NAMES = new Set([
  ...['UTC', 'UCT', 'GMT', 'GMT0', 'GMT+0', 'GMT-0', 'Greenwich', 'Universal', 'Zulu'],
  ...[
    'Etc/UTC',
    'Etc/UCT',
    'Etc/GMT',
    'Etc/GMT0',
    'Etc/GMT+0',
    'Etc/GMT-0',
    'Etc/Greenwich',
    'Etc/Universal',
    'Etc/Zulu',
  ],
]);

/**
 * The name of a time zone as the IANA spells it (`europe/berlin` → `Europe/Berlin`), or null where there is none such.
 * An alias stays itself (`Asia/Calcutta`): which of two names a place has is not ours to say. Only the names of UTC
 * and its old twins become `UTC`. A fixed offset such as `+02:00` is no zone.
 */
export function canonicalTimeZone(name: string): string | null {
  if (!ZONE_NAME.test(name)) return null;
  try {
    const { timeZoneId } = Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return UTC_NAMES.has(timeZoneId) ? 'UTC' : timeZoneId;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Whether this names a time zone of the IANA, in any case of letters. */
export const isTimeZone = (name: string): boolean => canonicalTimeZone(name) !== null;
