/** A parameter as the wire takes it: text, bytes, or null. */
export type WireValue = string | Buffer | null;

const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;

function arrayItem(item: unknown): string {
  if (Array.isArray(item)) return arrayText(item);
  const value = encodeParameter(item);
  if (value === null) return 'NULL';
  if (typeof value !== 'string') return quoted(`\\x${value.toString('hex')}`);
  return typeof item === 'number' || typeof item === 'boolean' ? value : quoted(value);
}

/** An array in Postgres' own notation: `{1,2}`, `{"a","b\"c",NULL}`. */
const arrayText = (items: readonly unknown[]): string => `{${items.map(arrayItem).join(',')}}`;

/** Writes a parameter as the driver would: instants in UTC, objects as JSON, arrays as arrays of Postgres. */
export function encodeParameter(value: unknown): WireValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return arrayText(value);
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
