import { LineFault, shown } from '@/domain/imports/line-fault';

/** A number as it was written: an amount must not pass through a double. */
export class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** JSON as it was written, numbers included. */
export type JsonTree = null | boolean | string | NumberText | JsonTree[] | { [name: string]: JsonTree };

/** JSON whose numbers are doubles that lost nothing. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [name: string]: JsonValue };

const DEEPEST = 32;
const BLANK = /[\t\n\r ]*/y;

type Reviver = (this: unknown, name: string, value: unknown, context: { source?: string }) => unknown;
const parseWithSource = JSON.parse as (text: string, reviver: Reviver) => JsonTree;

/**
 * Reads JSON and keeps every number's digits. Names given twice, `__proto__` and more than 32 levels are refused:
 * a parser would choose in silence.
 *
 * @throws LineFault with the reason.
 */
export function parseJsonTree(text: string): JsonTree {
  try {
    refuseSurprises(text);
    return parseWithSource(text, (_name, value, context) =>
      typeof value === 'number' ? new NumberText(context.source ?? '') : value,
    );
  } catch (error) {
    if (error instanceof LineFault) throw error;
    throw new LineFault(`this is not JSON: ${shown(text)}`);
  }
}

/** Whether the value is an object and neither a list nor a number. */
export const isObject = (value: JsonTree | undefined): value is { [name: string]: JsonTree } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText);

/**
 * The value with plain numbers and with names in alphabetical order, so that equal content has equal text.
 *
 * @throws LineFault where a number would lose digits or a text cannot be stored.
 */
export function plainJson(tree: JsonTree): JsonValue {
  if (tree instanceof NumberText) return plainNumber(tree.text);
  if (typeof tree === 'string') return soundText(tree);
  if (Array.isArray(tree)) return tree.map(plainJson);
  if (!isObject(tree)) return tree;
  const names = Object.keys(tree).sort();
  return Object.fromEntries(names.map((name) => [soundText(name), plainJson(tree[name] ?? null)]));
}

/** The text itself; Postgres stores neither NUL nor half of a surrogate pair. */
export function soundText(text: string): string {
  if (text.includes('\0')) throw new LineFault('it holds a NUL character; leave it out');
  if (!text.isWellFormed()) throw new LineFault('it holds half of a surrogate pair; write whole Unicode characters');
  return text;
}

function plainNumber(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || significand(text) !== significand(String(value))) {
    throw new LineFault(`the number ${text.slice(0, 40)} has more digits than JSON numbers keep; write it as a text`);
  }
  return value === 0 ? 0 : value;
}

/** Digits without outer zeros and the power of ten of the last one: equal exactly for equal numbers. */
function significand(text: string): string {
  const [, sign, whole = '', decimals = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + decimals).replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  return kept === '' ? '0' : `${sign}${kept}e${Number(exponent) - decimals.length + digits.length - kept.length}`;
}

/** Walks over the brackets and names of JSON, and leaves the rest to the parser. */
function refuseSurprises(text: string): void {
  const levels: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '{' || character === '[') {
      if (levels.push(character === '{' ? new Set() : null) > DEEPEST) {
        throw new LineFault(`the JSON has more than ${DEEPEST} levels`);
      }
    } else if (character === '}' || character === ']') {
      levels.pop();
    } else if (character === '"') {
      const end = endOfString(text, at);
      BLANK.lastIndex = end + 1;
      BLANK.exec(text);
      if (text[BLANK.lastIndex] === ':') noteName(levels.at(-1), JSON.parse(text.slice(at, end + 1)));
      at = end;
    }
  }
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

function noteName(names: Set<string> | null | undefined, name: string): void {
  if (name === '__proto__') throw new LineFault('a name "__proto__" is not accepted');
  if (names?.has(name)) throw new LineFault(`the name ${shown(name)} is given twice`);
  names?.add(name);
}
