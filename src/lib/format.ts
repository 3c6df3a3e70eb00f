import { divideRounded, type Money, parseMoney, sumMoney } from '@/lib/money';

/** The words and numbers of the product are English; dates read day, month, year. */
const NUMBERS = 'en-US';

const PER_CENT = 10n ** 8n;

/** What Intl accepts as an exact decimal; TypeScript has no name for "digits in a string" beyond this. */
type DecimalText = `${number}`;

const moneyFormats = new Map<string, Intl.NumberFormat>();

function moneyFormat(currency: string): Intl.NumberFormat {
  let format = moneyFormats.get(currency);
  if (format === undefined) {
    // Always two decimals, whatever the currency's own custom is: the API rounds every total to two.
    const known = /^[A-Z]{3}$/.test(currency);
    format = new Intl.NumberFormat(NUMBERS, {
      ...(known ? { style: 'currency', currency } : {}),
      minimumFractionDigits: 2,
      maximumFractionDigits: 2,
    });
    moneyFormats.set(currency, format);
  }
  return format;
}

const centsOf = (amount: Money): bigint => divideRounded(amount, PER_CENT);

const centsText = (cents: bigint): DecimalText => {
  const digits = (cents < 0n ? -cents : cents).toString().padStart(3, '0');
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}` as DecimalText;
};

/**
 * An exact decimal text as people read money: `$1,234.50`, rounded once, half away from zero. What is not nothing
 * never reads as 0.00: it becomes `<$0.01`, below zero `>-$0.01`.
 */
export function formatAmount(exact: string, currency: string): string {
  const amount = parseMoney(exact);
  return formatCents(centsOf(amount), amount, currency);
}

/** The same amount in pieces, so that a heading can set the cents smaller: `['$1,234', '.50']`. */
export function splitAmount(exact: string, currency: string): [whole: string, fraction: string] {
  const text = formatAmount(exact, currency);
  const point = text.lastIndexOf('.');
  return text.startsWith('<') || text.startsWith('>') ? [text, ''] : [text.slice(0, point), text.slice(point)];
}

function formatCents(cents: bigint, amount: Money, currency: string): string {
  const format = moneyFormat(currency);
  if (cents === 0n && amount > 0n) return `<${format.format('0.01')}`;
  if (cents === 0n && amount < 0n) return `>${format.format('-0.01')}`;
  return format.format(centsText(cents));
}

/** The longest run of digits behind the point that an exact amount has. */
const EXACT_DECIMALS = 10;

/**
 * An amount that is watched while it grows, in at least three digits: `$12.35`, `$0.0556`, `$0.000139`. From one unit on
 * it reads like any other amount; rounded once, half away from zero.
 */
export function formatFineAmount(exact: string, currency: string): string {
  const amount = parseMoney(exact);
  const size = amount < 0n ? -amount : amount;
  if (size === 0n || size >= 10n ** BigInt(EXACT_DECIMALS)) return formatAmount(exact, currency);
  // 0.000139 has seven digits when it is counted in ten-billionths: 10 - 7 places are empty behind the point
  const decimals = Math.min(EXACT_DECIMALS, Math.max(2, EXACT_DECIMALS - size.toString().length + 3));
  const kept = divideRounded(size, 10n ** BigInt(EXACT_DECIMALS - decimals))
    .toString()
    .padStart(decimals + 1, '0');
  const text = `${amount < 0n ? '-' : ''}${kept.slice(0, -decimals)}.${kept.slice(-decimals)}` as DecimalText;
  const known = /^[A-Z]{3}$/.test(currency);
  return new Intl.NumberFormat(NUMBERS, {
    ...(known ? { style: 'currency', currency } : {}),
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(text);
}

/** How many decimals the longest of these needs, at least two: with it, amounts below each other keep their points. */
export const decimalsOf = (exacts: readonly string[]): number =>
  exacts.reduce((most, exact) => Math.max(most, (exact.split('.')[1] ?? '').replace(/0+$/, '').length), 2);

/** Every digit that is there, thousands grouped, at least `decimals` of them behind the point: `1,234.5678901234`. */
export function formatExact(exact: string, decimals = 2): string {
  const [whole = '0', rest = ''] = exact.split('.');
  const sign = whole.startsWith('-') ? '-' : '';
  const grouped = whole.slice(sign.length).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${sign}${grouped}.${rest.replace(/0+$/, '').padEnd(decimals, '0')}`;
}

/**
 * The parts of a sum as people read them, so that what is shown adds up to the total shown (largest remainder): each
 * part is cut down to cents, and the cents that are then missing go to the parts that lost most.
 */
export function formatParts(exacts: readonly string[], currency: string): string[] {
  const parts = exacts.map(parseMoney);
  const cents = parts.map((part) => floorDivide(part, PER_CENT));
  const missing = centsOf(sumMoney(parts)) - cents.reduce((sum, each) => sum + each, 0n);
  const byLoss = parts
    .map((part, index) => ({ index, loss: part - (cents[index] ?? 0n) * PER_CENT }))
    .sort((a, b) => (a.loss === b.loss ? a.index - b.index : a.loss > b.loss ? -1 : 1));
  for (const { index } of byLoss.slice(0, Number(missing))) cents[index] = (cents[index] ?? 0n) + 1n;
  return parts.map((part, index) => formatCents(cents[index] ?? 0n, part, currency));
}

/** Rounds towards minus infinity, so that every remainder is at least zero. */
function floorDivide(n: bigint, d: bigint): bigint {
  const quotient = n / d;
  return n % d < 0n ? quotient - 1n : quotient;
}

/** A round value of a scale, short: `$20K`. Not for amounts: a scale is drawn, an amount is exact. */
export function formatScale(value: number, currency: string): string {
  const known = /^[A-Z]{3}$/.test(currency);
  return new Intl.NumberFormat(NUMBERS, {
    ...(known ? { style: 'currency', currency } : {}),
    notation: Math.abs(value) >= 1000 ? 'compact' : 'standard',
    maximumSignificantDigits: 3,
  }).format(value);
}

/** A count with its word: `1 day`, `1,234 days`. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${new Intl.NumberFormat(NUMBERS).format(count)} ${count === 1 ? one : many}`;
}

/** A whole number, thousands grouped: `1,234`. */
export const formatInteger = (count: number): string => new Intl.NumberFormat(NUMBERS).format(count);

/**
 * A measured number in so many digits, never as a bare zero: `0.8124`, `0.0002`, `1,830`. What is no number is said in
 * words: a loss may become one.
 */
export function formatMeasure(value: number, digits = 4): string {
  if (Number.isNaN(value)) return 'not a number';
  if (!Number.isFinite(value)) return value > 0 ? 'infinite' : 'minus infinite';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-6 || size >= 1e12)) return value.toExponential(digits - 1);
  return new Intl.NumberFormat(NUMBERS, { maximumSignificantDigits: digits }).format(value);
}

/** A share of a whole in percent: `12.5 %`; what is not all of it never reads as 100 %. */
export function formatShare(share: number): string {
  const percent = Math.floor(share * 1000) / 10;
  return `${new Intl.NumberFormat(NUMBERS, { maximumFractionDigits: percent < 10 ? 1 : 0, roundingMode: 'trunc' }).format(percent)} %`;
}

const SECOND_MS = 1_000;
const MINUTE_S = 60;
const HOUR_MIN = 60;
const DAY_H = 24;

const twoUnits = (large: number, one: string, small: number, other: string): string =>
  small === 0 ? `${large} ${one}` : `${large} ${one} ${small} ${other}`;

/** A length of time as people read it: `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`; below ten seconds with a decimal, and never as nothing. */
export function formatDuration(ms: number): string {
  if (ms > 0 && ms < 50) return '<0.1 s';
  if (ms < 10 * SECOND_MS) return `${Math.round(ms / 100) / 10} s`;
  const seconds = Math.round(ms / SECOND_MS);
  if (seconds < 2 * MINUTE_S) return `${seconds} s`;
  const minutes = Math.round(seconds / MINUTE_S);
  if (minutes < 2 * HOUR_MIN) return `${minutes} min`;
  const hours = Math.floor(minutes / HOUR_MIN);
  if (hours < 2 * DAY_H) return twoUnits(hours, 'h', minutes % HOUR_MIN, 'min');
  const days = Math.floor(hours / DAY_H);
  return twoUnits(days, 'd', hours % DAY_H, 'h');
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** A number of bytes in three digits and the unit that suits it; a kilobyte is 1,000 bytes: `1.23 MB`. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), BYTE_UNITS.length - 1);
  // 999,999 is rounded to a thousand of its unit, which is one of the next
  const rounded = Number((bytes / 1000 ** power).toPrecision(3));
  const [value, unit] = rounded < 1000 || power === BYTE_UNITS.length - 1 ? [rounded, power] : [1, power + 1];
  return `${new Intl.NumberFormat(NUMBERS).format(value)} ${BYTE_UNITS[unit]}`;
}

const pieces = (at: Date, zone: string, options: Intl.DateTimeFormatOptions): Record<string, string> =>
  Object.fromEntries(
    new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', ...options })
      .formatToParts(at)
      .map((part) => [part.type, part.value]),
  );

/** Midnight of a calendar day as an instant of UTC, to be read in UTC again. */
const dayInstant = (day: string): Date => new Date(`${day}T00:00:00Z`);

/** A calendar day: `9 Sep 2017`. */
export function formatDay(day: string): string {
  const {
    day: number,
    month,
    year,
  } = pieces(dayInstant(day), 'UTC', { day: 'numeric', month: 'short', year: 'numeric' });
  return `${number} ${month} ${year}`;
}

/** A calendar day with its weekday: `Sat 9 Sep 2017`. */
export function formatWeekday(day: string): string {
  return `${pieces(dayInstant(day), 'UTC', { weekday: 'short' }).weekday} ${formatDay(day)}`;
}

/** The mark of a day on a scale: `9 Sep`. */
export const formatDayMark = (day: string): string => formatDay(day).replace(/ \d+$/, '');

/** The mark of a month on a scale: `Sep 2017`. */
export const formatMonthMark = (day: string): string => formatDay(day).replace(/^\d+ /, '');

/** The calendar day on which an instant falls in a zone: `2017-09-09`. */
export function dayOf(instant: string, zone: string): string {
  const { year, month, day } = pieces(new Date(instant), zone, { year: 'numeric', month: '2-digit', day: '2-digit' });
  return `${year}-${month}-${day}`;
}

/** An instant in a zone: `9 Sep 2017, 14:02`. */
export function formatInstant(instant: string, zone: string): string {
  const { hour, minute } = pieces(new Date(instant), zone, { hour: '2-digit', minute: '2-digit' });
  return `${formatDay(dayOf(instant, zone))}, ${hour}:${minute}`;
}

/** The time of day of an instant in a zone: `14:02:31`. */
export function formatTime(instant: Date, zone: string): string {
  const { hour, minute, second } = pieces(instant, zone, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  return `${hour}:${minute}:${second}`;
}

/** The exact instant for whoever wants it: `2017-09-09 14:02:31 UTC`. */
export const formatUtc = (instant: string): string =>
  `${new Date(instant).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

const STEPS: readonly (readonly [limitS: number, sizeS: number, unit: Intl.RelativeTimeFormatUnit])[] = [
  [3600, 60, 'minute'],
  [86_400, 3600, 'hour'],
  [7 * 86_400, 86_400, 'day'],
];

/** How long ago an instant was, up to a week: `5 minutes ago`; before that its day in the zone. */
export function formatAgo(instant: string, now: Date, zone: string): string {
  const seconds = Math.max(0, (now.getTime() - Date.parse(instant)) / 1000);
  if (seconds < 60) return 'just now';
  const step = STEPS.find(([limitS]) => seconds < limitS);
  if (step === undefined) return formatDay(dayOf(instant, zone));
  return new Intl.RelativeTimeFormat('en', { numeric: 'always' }).format(-Math.floor(seconds / step[1]), step[2]);
}
