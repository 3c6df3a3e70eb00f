import { z } from 'zod';
import { canonicalTimeZone } from '@/lib/time-zone';

const ZONE_HELP = 'send the name of a zone, like Europe/Berlin or UTC';

export const settingsBody = z
  .strictObject({
    timezone: z
      .string()
      .max(64, ZONE_HELP)
      .refine((name) => canonicalTimeZone(name) !== null, ZONE_HELP)
      .transform((name) => canonicalTimeZone(name) ?? 'UTC')
      .optional(),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'send three capital letters as in ISO 4217, such as USD')
      .optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'send timezone, currency or both');
export type Settings = z.output<typeof settingsBody>;

export const meAnswer = z.object({
  id: z.uuid(),
  email: z.string().nullable(),
  timezone: z.string(),
  currency: z.string(),
});
export type Me = z.output<typeof meAnswer>;
