import type { z } from 'zod';
import { quoted } from '@/http/json';
import { badInput, type PipelineError } from '@/lib/errors';

type RawIssue = z.core.$ZodRawIssue;

/** What to ask for instead of the code names that Zod gives its checks. */
const FORMATS: Readonly<Record<string, string>> = {
  uuid: 'a UUID such as 3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f',
  guid: 'a UUID such as 3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f',
  email: 'an e-mail address such as name@example.org',
  url: 'a URL such as https://example.org/path',
  date: 'a date such as 2026-01-31',
  datetime: 'a date-time such as 2026-01-31T12:00:00Z',
};

/** The sentence for a value that a schema refused, used wherever the schema brings none of its own. */
export function sentenceFor(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? `missing, send ${kindOf(issue.expected)}` : `send ${kindOf(issue.expected)}`;
    case 'invalid_value':
      return issue.input === undefined ? `missing, send ${choiceOf(issue.values)}` : `send ${choiceOf(issue.values)}`;
    case 'invalid_format':
      return `send ${FORMATS[issue.format] ?? 'a text of the form that the API document shows'}`;
    case 'too_small':
      return `send ${sizeOf(issue, issue.minimum, issue.inclusive ? 'at least' : 'more than')}`;
    case 'too_big':
      return `send ${sizeOf(issue, issue.maximum, issue.inclusive ? 'at most' : 'less than')}`;
    case 'not_multiple_of':
      return `send a multiple of ${issue.divisor}`;
    case 'unrecognized_keys':
      return `leave out ${issue.keys.slice(0, 5).map(quoted).join(', ')}, which is not known here`;
    case 'invalid_union':
      return alternatives(issue.errors);
    default:
      return 'send a value of the form that the API document shows';
  }
}

/** A schema's refusal as one sentence: which field or parameter, and what to send instead. */
export function explain(error: z.core.$ZodError): PipelineError {
  const issue = error.issues[0];
  if (!issue) return badInput('The request was not understood.');
  const where = nameOf(issue.path);
  const message = issue.message.replace(/\.$/, '');
  if (where === '') return badInput(`${message.charAt(0).toUpperCase()}${message.slice(1)}.`);
  return badInput(`${where}: ${message}.`);
}

function nameOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, part) => {
    if (typeof part === 'number') return `${name}[${part}]`;
    const text = /^[\w[\]:.-]{1,60}$/.test(String(part)) ? String(part) : quoted(String(part));
    return name === '' ? text : `${name}.${text}`;
  }, '');
}

function kindOf(expected: string): string {
  const kinds: Readonly<Record<string, string>> = {
    string: 'a text',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'an object',
    record: 'an object',
    null: 'null',
  };
  return kinds[expected] ?? (/^[aeiou]/.test(expected) ? `an ${expected}` : `a ${expected}`);
}

function choiceOf(values: readonly unknown[]): string {
  const texts = values.map((value) => String(value));
  if (texts.length === 1) return texts[0] ?? '';
  return `${texts.slice(0, -1).join(', ')} or ${texts.at(-1)}`;
}

function sizeOf(issue: { origin: string }, limit: number | bigint, bound: string): string {
  if (issue.origin === 'string') return `${bound} ${limit} characters`;
  if (issue.origin === 'array' || issue.origin === 'set' || issue.origin === 'object')
    return `${bound} ${limit} entries`;
  return `${issue.origin === 'date' ? 'a time' : 'a number'} of ${bound} ${limit}`;
}

function alternatives(branches: readonly (readonly { message: string }[])[]): string {
  const offers = branches.flatMap(
    (issues) => issues[0]?.message.replace(/^(missing, )?send /, '').replace(/\.$/, '') ?? [],
  );
  return offers.length === 0
    ? 'send a value of the form that the API document shows'
    : `send ${[...new Set(offers)].join(' or ')}`;
}
