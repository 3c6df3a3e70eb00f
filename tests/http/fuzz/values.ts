import fc from 'fast-check';

type Schema = { readonly [keyword: string]: unknown };

const instants = (from: string, to: string) =>
  fc.date({ min: new Date(from), max: new Date(to), noInvalidDate: true }).map((date) => date.toISOString());
const datesOrInstants = (from: string, to: string) =>
  fc.tuple(instants(from, to), fc.boolean()).map(([text, whole]) => (whole ? text : text.slice(0, 10)));

/** What an honest client would send where the schema alone does not say it: parameters by name. */
const HONEST: Readonly<Record<string, fc.Arbitrary<string>>> = {
  start_date: datesOrInstants('2019-01-01', '2025-01-01'),
  end_date: datesOrInstants('2025-01-01', '2028-01-01'),
  timezone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns'),
  currency: fc.constantFrom('USD', 'EUR', 'XXX'),
  limit: fc.integer({ min: 1, max: 60 }).map(String),
  type: fc.constantFrom('job_completed', 'job_failed'),
};

/** Any value that a JSON Schema of the document allows; what it leaves open is filled in from the parameter's name. */
export function valuesFor(
  schema: Schema,
  name: string,
  harvest: Readonly<Record<string, readonly string[]>>,
): fc.Arbitrary<unknown> {
  const seen = harvest[name];
  if (seen && seen.length > 0) return fc.constantFrom(...seen);
  const honest = HONEST[name];
  if (honest && !schema.enum) return honest;
  const branches = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(branches)) return fc.oneof(...branches.map((branch: Schema) => valuesFor(branch, name, {})));
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  if ('const' in schema) return fc.constant(schema.const);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  return ofType(String(type), schema, harvest);
}

function ofType(
  type: string,
  schema: Schema,
  harvest: Readonly<Record<string, readonly string[]>>,
): fc.Arbitrary<unknown> {
  switch (type) {
    case 'string':
      return textOf(schema);
    case 'integer':
      return fc.integer({ min: numberOr(schema.minimum, -1_000), max: numberOr(schema.maximum, 1_000) });
    case 'number':
      if (schema.minimum === undefined) return fc.integer({ min: -1_000_000, max: 1_000_000 }).map((n) => n / 100);
      return fc.double({ min: numberOr(schema.minimum, 0), max: numberOr(schema.maximum, 1e6), noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(valuesFor((schema.items ?? {}) as Schema, '', harvest), { maxLength: 5 });
    case 'object':
      return objectOf(schema, harvest);
    case 'null':
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function objectOf(schema: Schema, harvest: Readonly<Record<string, readonly string[]>>): fc.Arbitrary<unknown> {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
  const fields = Object.fromEntries(properties.map(([name, each]) => [name, valuesFor(each, name, harvest)]));
  return fc.record(fields, { requiredKeys: (schema.required ?? []) as string[] });
}

function textOf({ format, pattern, minLength, maxLength }: Schema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time') return instants('2015-01-01', '2035-01-01');
  if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern, 'u'), { size: 'small' });
  return fc.string({ minLength: numberOr(minLength, 0), maxLength: Math.min(40, numberOr(maxLength, 40)) });
}

const numberOr = (value: unknown, other: number): number => (typeof value === 'number' ? value : other);
