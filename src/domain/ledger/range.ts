import { Temporal } from 'temporal-polyfill';
import { dayBounds, dayNumber } from '@/lib/calendar';
import { badInput, type PipelineError } from '@/lib/errors';
import { canonicalTimeZone } from '@/lib/time-zone';

/** The parameters that name a range, as they came; absent ones are undefined. */
export interface RangeQuery {
  readonly period?: string | undefined;
  readonly start_date?: string | undefined;
  readonly end_date?: string | undefined;
  readonly timezone?: string | undefined;
}

/** What they mean: the instants `[start, end)` in milliseconds since 1970, read in `zone`. */
export interface CostRange {
  readonly start: number;
  readonly end: number;
  readonly zone: string;
  /** Which edges move on as time passes, if the same question is asked again. */
  readonly rolling: { readonly startMoves: boolean; readonly endMoves: boolean };
}

const DAY_MS = 86_400_000;

/** Lengths of the periods in milliseconds: whole times 24 hours, whatever clocks do. */
const PERIOD_MS = { week: 7 * DAY_MS, month: 30 * DAY_MS, year: 365 * DAY_MS } as const;

const isPeriod = (text: string): text is keyof typeof PERIOD_MS => Object.hasOwn(PERIOD_MS, text);

/** The years in which ranges may lie; Postgres and ISO 8601 need more than four digits beyond. */
const EARLIEST = Date.parse('1900-01-01T00:00:00Z');
const LATEST = Date.parse('9999-12-31T00:00:00Z');
const MOST_YEARS = 10;

const DATE_TIME =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:[.,]([0-9]{1,9}))?)?([Zz]|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)?$/;

const isDate = (text: string | undefined): text is string =>
  text !== undefined && /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text);

const PLUS_BECAME_SPACE = /^[0-9-]{10}[Tt][0-9:.,]{5,20} [0-9]{2}(?::?[0-9]{2})?$/;

/** What was sent, short enough for a sentence and with control characters written out. */
const quoted = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);

/**
 * Reads `period`, `start_date`, `end_date` and `timezone` at the instant `now` (milliseconds since 1970).
 *
 * - No dates: the `period` (default month) up to now. Only a start: up to now. Only an end: the `period` before it.
 * - A date alone: as start the first instant of that day, as end the first instant after it, in `timezone` (default
 *   UTC). Of a day that the zone skipped both are the same instant.
 * - A date-time without offset is local time in `timezone`: the earlier of two where clocks went back; where they went
 *   forward, a skipped time is moved on by as much as was skipped.
 * - More than three decimals of a second are cut off, at both edges alike, so ranges that touched still touch.
 *
 * Anything else, a start after its end, or more than 10 years throws a `bad_input`.
 */
export function parseRange(query: RangeQuery, now: number): CostRange {
  const zone = parseZone(query.timezone);
  const length = PERIOD_MS[parsePeriod(query.period)];
  const { start_date: from, end_date: to } = query;
  const end = to === undefined ? now : parseEdge('end_date', to, zone);
  const start = from === undefined ? end - length : parseEdge('start_date', from, zone);
  // Two dates in the wrong order may still meet in one instant, since the end includes its day.
  if (start > end || (isDate(from) && isDate(to) && from > to)) throw outOfOrder(to === undefined);
  checkLength(start, end, zone);
  return {
    start,
    end,
    zone,
    rolling: { startMoves: from === undefined && to === undefined, endMoves: to === undefined },
  };
}

function parseZone(name = 'UTC'): string {
  const zone = canonicalTimeZone(name);
  if (zone !== null) return zone;
  if (/^Etc\/GMT [0-9]{1,2}$/i.test(name)) {
    throw badInput(`timezone is ${quoted(name)}: a + in a URL means a space. Write it as %2B.`);
  }
  throw badInput(
    `timezone must be the name of a zone, like Europe/Berlin or UTC; ${quoted(name)} is none that is known.`,
  );
}

function parsePeriod(period = 'month'): keyof typeof PERIOD_MS {
  if (isPeriod(period)) return period;
  throw badInput(`period must be week, month or year; ${quoted(period)} is none of them.`);
}

type EdgeName = 'start_date' | 'end_date';

function parseEdge(name: EdgeName, text: string, zone: string): number {
  const at = text.length > 40 ? null : (dateEdge(name, text, zone) ?? dateTimeEdge(text, zone));
  if (at === null) throw unreadable(name, text);
  if (at < EARLIEST || at > LATEST)
    throw badInput(`${name} must lie in the years 1900 to 9999; it is ${quoted(text)}.`);
  return at;
}

function dateEdge(name: EdgeName, text: string, zone: string): number | null {
  const day = dayBounds(zone, text);
  if (day === null) return null;
  return name === 'start_date' ? day.start : day.end;
}

function dateTimeEdge(text: string, zone: string): number | null {
  const match = DATE_TIME.exec(text);
  if (match === null) return null;
  const [, date = '', hour = '', minute = '', second = '0', decimals = '', offset] = match;
  const day = dayNumber(date);
  if (day === null) return null;
  const ms = Number(decimals.slice(0, 3).padEnd(3, '0'));
  const local = day * DAY_MS + Number(hour) * 3_600_000 + Number(minute) * 60_000 + Number(second) * 1_000 + ms;
  return offset === undefined ? localInstant(local, zone) : local - offsetMs(offset);
}

/** The instant at which clocks in `zone` show a local time, given as if it were UTC. */
function localInstant(local: number, zone: string): number {
  const plain = Temporal.Instant.fromEpochMilliseconds(local).toZonedDateTimeISO('UTC').toPlainDateTime();
  return plain.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds;
}

function offsetMs(text: string): number {
  if (text === 'Z' || text === 'z') return 0;
  const digits = text.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return (text.startsWith('-') ? -minutes : minutes) * 60_000;
}

function unreadable(name: EdgeName, text: string): PipelineError {
  if (PLUS_BECAME_SPACE.test(text)) {
    return badInput(
      `${name} is ${quoted(text)}: a + in a URL means a space. Write the offset with %2B, or send UTC with Z.`,
    );
  }
  if (isDate(text) || DATE_TIME.test(text)) {
    return badInput(`${name} is ${quoted(text)}, which is no day of the calendar. Send one that exists.`);
  }
  return badInput(
    `${name} must be a date like 2024-01-31 or a date-time like 2024-01-31T09:30:00Z; ${quoted(text)} is neither.`,
  );
}

const outOfOrder = (endIsNow: boolean): PipelineError =>
  badInput(
    endIsNow
      ? 'start_date lies in the future. Send an earlier one, or an end_date after it.'
      : 'start_date lies after end_date. Send the earlier one as start_date.',
  );

function checkLength(start: number, end: number, zone: string): void {
  if (start < EARLIEST)
    throw badInput('The range begins before the year 1900. Send a later end_date or a shorter period.');
  // Ten years are never shorter than this, and the calendar need not be asked.
  if (end - start <= MOST_YEARS * PERIOD_MS.year) return;
  const latest = Temporal.Instant.fromEpochMilliseconds(start).toZonedDateTimeISO(zone).add({ years: MOST_YEARS });
  if (end > latest.epochMilliseconds) {
    throw badInput(`The range is longer than ${MOST_YEARS} years. Send a shorter one, and several if you need more.`);
  }
}
