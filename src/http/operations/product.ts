import { z } from 'zod';
import { operation } from '@/http/operation';

/** Health of the process, as a probe reads it. */
const health = z.strictObject({
  alive: z.literal(true).describe('The process answers.'),
  ready: z.literal(true).optional().describe('The database answers and has every migration; else the answer is 503.'),
  version: z.string().describe('Version of the product.'),
});

const healthQuery = z.object({
  check: z.enum(['alive', 'ready']).default('ready').describe('What to look at; `alive` never asks the database.'),
});

/** GET /api/health. */
export const readHealth = operation({
  method: 'GET',
  path: '/api/health',
  summary: 'Whether the process is alive and ready to serve; 503 with Retry-After while it is not.',
  access: 'public',
  limit: 'none',
  cache: 'no-store',
  query: healthQuery,
  response: health,
});

/** GET /api/openapi.json; the one answer that is a document of its own and no `{ success, data }`. */
export const readOpenApi = operation({
  method: 'GET',
  path: '/api/openapi.json',
  summary: 'This document.',
  access: 'public',
  bare: true,
  response: z.looseObject({ openapi: z.literal('3.1.0') }),
});
