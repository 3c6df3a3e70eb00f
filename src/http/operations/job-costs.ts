import { z } from 'zod';
import { jobCosts } from '@/domain/ledger/schema';
import { jobParams } from '@/domain/training/job-requests';
import { operation } from '@/http/operation';

const LIMIT_HELP = 'send a whole number from 1 to 1000';
const LARGEST_INTEGER = 2 ** 31 - 1;
const MOST_RECORDS = 1_000;

const recordsQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,10}$/, LIMIT_HELP)
    .transform(Number)
    .refine((n) => n >= 1 && n <= LARGEST_INTEGER, LIMIT_HELP)
    .transform((n) => Math.min(n, MOST_RECORDS))
    .default(200),
  cursor: z.string().max(200, 'send the next_cursor of an answer').optional(),
});

/** GET /api/jobs/{id}/costs. */
export const explainJobCost = operation({
  method: 'GET',
  path: '/api/jobs/{id}/costs',
  summary: 'The records of what a job has cost, and how each sum of them follows from time and price.',
  params: jobParams,
  query: recordsQuery,
  response: jobCosts,
});
