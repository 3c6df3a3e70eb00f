import { badInput } from '@/lib/errors';

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

const DEEPEST = 32;
const MOST_KEYS = 1_000;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORDS = [
  ['true', true],
  ['false', false],
  ['null', null],
] as const;

/**
 * Reads JSON (RFC 8259) as sent by a stranger. Beside what is no JSON at all it refuses what `JSON.parse` lets through
 * in silence: names given twice, `__proto__` and `constructor.prototype`, numbers that a double cannot keep, NUL and lone
 * surrogates in strings, and trees that are deeper or have more names than any honest request.
 *
 * @throws PipelineError `bad_input`, with a sentence that says where and what to send instead.
 */
export function parseJson(text: string): JsonValue {
  const reader = new JsonReader(text);
  return reader.document();
}

class JsonReader {
  readonly #text: string;
  #at = 0;
  #keys = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonValue {
    const value = this.#value(1);
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#malformed();
    return value;
  }

  #value(depth: number): JsonValue {
    if (depth > DEEPEST) throw badInput(`The body is nested too deeply: send at most ${DEEPEST} levels.`);
    this.#skipSpace();
    const first = this.#text[this.#at];
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#array(depth);
    if (first === '"') return this.#string();
    for (const [word, value] of WORDS) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  #object(depth: number): JsonValue {
    const object: { [key: string]: JsonValue } = {};
    this.#at++;
    if (this.#take('}')) return object;
    do {
      this.#skipSpace();
      if (this.#text[this.#at] !== '"') throw this.#malformed();
      const key = this.#string();
      if (++this.#keys > MOST_KEYS) throw badInput(`The body has too many names: send at most ${MOST_KEYS}.`);
      if (key === '__proto__') throw badInput('The body has a name "__proto__": leave it out.');
      if (Object.hasOwn(object, key)) throw badInput(`The body gives the name ${quoted(key)} twice: send it once.`);
      if (!this.#take(':')) throw this.#malformed();
      const value = this.#value(depth + 1);
      if (key === 'constructor' && isObject(value) && Object.hasOwn(value, 'prototype')) {
        throw badInput('The body has a name "constructor.prototype": leave it out.');
      }
      object[key] = value;
    } while (this.#take(','));
    if (!this.#take('}')) throw this.#malformed();
    return object;
  }

  #array(depth: number): JsonValue {
    const array: JsonValue[] = [];
    this.#at++;
    if (this.#take(']')) return array;
    do array.push(this.#value(depth + 1));
    while (this.#take(','));
    if (!this.#take(']')) throw this.#malformed();
    return array;
  }

  #string(): string {
    const start = this.#at;
    let escaped = false;
    for (let at = start + 1; at < this.#text.length; at++) {
      const code = this.#text.charCodeAt(at);
      if (code === 0x5c) {
        escaped = true;
        at++;
      } else if (code === 0x22) {
        this.#at = at + 1;
        return this.#checkedString(start, escaped);
      } else if (code < 0x20) {
        throw badInput('A string of the body holds a raw control character: send it escaped, or leave it out.');
      }
    }
    throw this.#malformed();
  }

  #checkedString(start: number, escaped: boolean): string {
    let value = this.#text.slice(start + 1, this.#at - 1);
    if (escaped) {
      try {
        value = JSON.parse(this.#text.slice(start, this.#at));
      } catch {
        this.#at = start;
        throw this.#malformed();
      }
    }
    const problem = textProblem(value);
    if (problem) throw badInput(`A string of the body ${problem}`);
    return value;
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const literal = NUMBER.exec(this.#text)?.[0];
    if (literal === undefined) throw this.#malformed();
    this.#at += literal.length;
    const value = Number(literal);
    if (!keepsItsDigits(literal, value)) {
      throw badInput(
        `The number ${literal.length > 40 ? `${literal.slice(0, 37)}…` : literal} is larger or finer than a JSON number can keep: ` +
          'send at most 15 digits (an amount of money may be sent as a string).',
      );
    }
    return value === 0 ? 0 : value;
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #take(character: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #malformed() {
    return badInput(`The body is not JSON: it cannot be read from character ${this.#at + 1} on.`);
  }
}

/** What keeps a text out of the database and of other programs, as the end of a sentence, or null where it is sound. */
export function textProblem(text: string): string | null {
  if (text.includes('\0')) return 'holds a NUL character: leave it out.';
  if (!text.isWellFormed()) return 'holds half of a surrogate pair: send whole Unicode characters.';
  return null;
}

/** A name as the caller wrote it, short and without control characters, fit for a sentence. */
export function quoted(name: string): string {
  const short = name.length > 40 ? `${name.slice(0, 39).toWellFormed()}…` : name.toWellFormed();
  return JSON.stringify(short).replace(/[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '');
}

function isObject(value: JsonValue): value is { [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function keepsItsDigits(literal: string, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  if (literal.length <= 15 && !/[eE]/.test(literal)) return true;
  return significand(literal) === significand(String(value));
}

/** A decimal literal as its digits without outer zeros and the power of ten of the last one: equal for equal numbers. */
function significand(literal: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  if (kept === '') return '0';
  return `${sign}${kept}e${BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - kept.length)}`;
}
