import { isIP } from 'node:net';
import { z } from 'zod';

/** Entries separated by commas, in lower case. */
export const list = z
  .string()
  .default('')
  .transform((text) => text.split(',').map((entry) => entry.trim().toLowerCase()))
  .transform((entries) => entries.filter((entry) => entry !== ''));

/** Whether a text is an address, or a network such as 10.0.0.0/8. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/** An address without a slash at its end. */
export const webUrl = (name: string) =>
  z
    .string()
    .refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''), `${name} must be an http or https address.`)
    .transform((text) => text.replace(/\/+$/, ''));

export const oneOf = <const V extends string>(name: string, values: readonly V[]) =>
  z.enum(values, { error: `${name} must be one of ${values.join(', ')}.` });

/** A size in units of `unit` bytes. */
export const size = (name: string, unit: number, standard: number) =>
  z
    .string()
    .transform(Number)
    .refine((n) => n > 0 && n <= 1e6, `${name} must be a number above 0, at most 1000000.`)
    .default(standard)
    .transform((n) => Math.round(n * unit));

/** A length of time in units of `unit` ms, between `least` and `longest` of them. */
export const duration = (name: string, unit: number, [standard, least, longest]: readonly [number, number, number]) =>
  z
    .string()
    .transform(Number)
    .refine((n) => n >= least && n <= longest, `${name} must be a number from ${least} to ${longest}.`)
    .default(standard)
    .transform((n) => Math.round(n * unit));

/** How many there may be of something at once. */
export const most = (name: string, standard: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, `${name} must be a whole number from 1 to 100000.`)
    .transform(Number)
    .refine((n) => n >= 1 && n <= 100_000, `${name} must be a whole number from 1 to 100000.`)
    .default(standard);
