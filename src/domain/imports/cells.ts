import { readAccountName } from '@/domain/accounts/name-account';
import type { Column } from '@/domain/imports/columns';
import { parseDay, parseDuration, parseInstant } from '@/domain/imports/instants';
import {
  isObject,
  type JsonTree,
  type JsonValue,
  NumberText,
  parseJsonTree,
  plainJson,
  soundText,
} from '@/domain/imports/json-tree';
import { LineFault, shown } from '@/domain/imports/line-fault';
import { PHASES, type Phase } from '@/domain/ledger/charge';
import { type TimeUnit, UNIT_MS } from '@/domain/metering/price';
import { formatFixed, parseFixed } from '@/lib/decimal';
import { MAX_CHARGE } from '@/lib/money';

/** What a line holds in one column: text, or in JSON Lines any JSON. Null and blank text mean that nothing is there. */
export type Cell = JsonTree | undefined;

/** What each column is read as. Decimals are canonical text, instants and durations milliseconds. */
export interface Values {
  external_id: string;
  user: string;
  started_at: number;
  ended_at: number;
  recorded_at: number;
  duration_s: number;
  units: string;
  unit_price: string;
  unit: TimeUnit;
  amount: string;
  job: string;
  cost_type: string;
  phase: Phase;
  currency: string;
  billing_period: string;
  tags: Record<string, string>;
  details: { [name: string]: JsonValue };
}

type Reader<T> = (cell: JsonTree) => T;

const MOST_TAGS = 20;
const LONGEST_TAG_NAME = 64;
const LONGEST_TAG_VALUE = 200;
const LONGEST_DETAILS = 16_384;
const CONTROL = /[\p{Cc}\u2028\u2029]/u;
const EMAIL = /^[!-?A-~]{1,64}@[!-?A-~]{1,135}$/;

/** How each column is read; each throws a LineFault with the reason. */
export const READERS: { readonly [C in Column]: Reader<Values[C]> } = {
  external_id: name(200),
  user: (cell) => readUser(name(200)(cell)),
  started_at: (cell) => parseInstant(text(cell)),
  ended_at: (cell) => parseInstant(text(cell)),
  recorded_at: (cell) => parseInstant(text(cell)),
  duration_s: (cell) => parseDuration(text(cell)),
  units: notNegative,
  unit_price: notNegative,
  unit: (cell) => oneOf(Object.keys(UNIT_MS) as TimeUnit[])(cell),
  amount: decimal,
  job: name(200),
  cost_type: name(50),
  phase: oneOf(PHASES),
  currency: readCurrency,
  billing_period: readBillingPeriod,
  tags: readTags,
  details: readDetails,
};

/** Whether there is anything in the cell. */
export const isThere = (cell: Cell): cell is JsonTree =>
  cell !== undefined && cell !== null && !(typeof cell === 'string' && cell.trim() === '');

function text(cell: JsonTree): string {
  if (cell instanceof NumberText) return cell.text;
  if (typeof cell === 'string') return cell.trim();
  throw new LineFault('it is neither a text nor a number');
}

/** A short text without control characters. */
function name(longest: number): Reader<string> {
  return (cell) => {
    const value = soundText(text(cell));
    if (value.length > longest)
      throw new LineFault(`it has ${value.length} characters; at most ${longest} are accepted`);
    if (CONTROL.test(value)) throw new LineFault(`${shown(value)} holds a line break or another control character`);
    return value;
  };
}

function oneOf<T extends string>(accepted: readonly T[]): Reader<T> {
  return (cell) => {
    const value = text(cell);
    const found = accepted.find((one) => one === value);
    if (found === undefined) throw new LineFault(`${shown(value)} is none of ${accepted.join(', ')}`);
    return found;
  };
}

/** Canonical decimal text: equal amounts have equal text, `-0` is `0`. */
function decimal(cell: JsonTree): string {
  const written = text(cell);
  const value = parsed(written);
  if (value > MAX_CHARGE || value < -MAX_CHARGE) {
    throw new LineFault(`${shown(written)} is too large; at most 10 digits may stand before the point`);
  }
  return formatFixed(value).replace(/\.?0+$/, '');
}

function notNegative(cell: JsonTree): string {
  const value = decimal(cell);
  if (value.startsWith('-')) throw new LineFault(`${value} is below 0`);
  return value;
}

function parsed(written: string): bigint {
  try {
    return parseFixed(written);
  } catch {
    throw new LineFault(
      `${shown(written)} is not a plain decimal number with at most 10 decimals, like 12.50 (no exponent, no other signs)`,
    );
  }
}

/** An e-mail or an id in lower case, or an alias as it is. */
function readUser(value: string): string {
  const { kind, text: canonical } = readAccountName(value);
  if (kind === 'email' && !EMAIL.test(canonical)) throw new LineFault(`${shown(value)} is not an e-mail address`);
  return canonical;
}

function readCurrency(cell: JsonTree): string {
  const value = text(cell).toUpperCase();
  if (!/^[A-Z]{3}$/.test(value))
    throw new LineFault(`${shown(value)} is not a currency code of three letters, like USD`);
  return value;
}

function readBillingPeriod(cell: JsonTree): string {
  const value = text(cell);
  parseDay(value);
  return value;
}

function jsonObject(cell: JsonTree, example: string): { [name: string]: JsonTree } {
  const tree = typeof cell === 'string' ? parseJsonTree(cell) : cell;
  if (!isObject(tree)) throw new LineFault(`it must be a JSON object, like ${example}`);
  return tree;
}

function readTags(cell: JsonTree): Record<string, string> {
  const pairs = plainJson(jsonObject(cell, '{"team":"vision"}')) as { [name: string]: JsonValue };
  const entries = Object.entries(pairs);
  if (entries.length > MOST_TAGS)
    throw new LineFault(`there are ${entries.length} tags; at most ${MOST_TAGS} are accepted`);
  return Object.fromEntries(
    entries.map(([key, value]) => {
      if (typeof value !== 'string') throw new LineFault(`the tag ${shown(key)} is not a text`);
      if (key === '' || key.length > LONGEST_TAG_NAME || value.length > LONGEST_TAG_VALUE) {
        throw new LineFault(
          `the tag ${shown(key)}: names have 1 to ${LONGEST_TAG_NAME} characters, values at most ${LONGEST_TAG_VALUE}`,
        );
      }
      return [key, value];
    }),
  );
}

function readDetails(cell: JsonTree): { [name: string]: JsonValue } {
  const details = plainJson(jsonObject(cell, '{"gpu":"H100"}')) as { [name: string]: JsonValue };
  if (JSON.stringify(details).length > LONGEST_DETAILS) {
    throw new LineFault(`the details are longer than ${LONGEST_DETAILS} characters`);
  }
  return details;
}
