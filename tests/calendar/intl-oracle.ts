/** What the clocks of a zone show, asked of Intl alone. Imports nothing of the product. */

/** Zones with every kind of trouble: half-hour changes, quarter-hour offsets, a skipped day, changes at midnight. */
export const TROUBLED_ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/St_Johns',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'UTC',
  'Europe/London',
  'Asia/Kolkata',
  'Australia/Adelaide',
  'Pacific/Chatham',
  'America/Sao_Paulo',
  'Asia/Tehran',
  'Africa/Cairo',
  'Asia/Gaza',
  'America/Havana',
  'Pacific/Kiritimati',
  'Pacific/Marquesas',
  'Europe/Istanbul',
  'Asia/Pyongyang',
] as const;

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string): Intl.DateTimeFormat {
  let found = formatters.get(zone);
  if (found === undefined) {
    found = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formatters.set(zone, found);
  }
  return found;
}

/** Local date and time at an instant, `YYYY-MM-DDTHH:MM:SS`. */
export function localTime(zone: string, at: number): string {
  const parts = Object.fromEntries(
    formatter(zone)
      .formatToParts(at)
      .map((p) => [p.type, p.value]),
  );
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}:${parts.second}`;
}

export const localDate = (zone: string, at: number): string => localTime(zone, at).slice(0, 10);

/** Milliseconds by which the zone's clocks are ahead of UTC. */
export const offsetAt = (zone: string, at: number): number =>
  Date.parse(`${localTime(zone, at)}Z`) - Math.floor(at / 1_000) * 1_000;

/** The first instant of `(before, at]` with the offset of `at`; the offset changes once in between. */
export function lastChange(zone: string, before: number, at: number): number {
  let [low, high] = [before, at];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(zone, middle) === offsetAt(zone, at)) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * The day an instant belongs to: the local date, or a later one that clocks had already shown before they were set
 * back. A day that has begun is not taken back by a clock that repeats the last hour of the day before.
 */
export function dayOf(zone: string, at: number): string {
  const before = at - 3 * 3_600_000;
  const shown = localDate(zone, at);
  if (offsetAt(zone, before) <= offsetAt(zone, at)) return shown;
  const reached = localDate(zone, lastChange(zone, before, at) - 1);
  return reached > shown ? reached : shown;
}
