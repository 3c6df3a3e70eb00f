import { costsAnswer, costsQuery } from '@/domain/ledger/schema';
import { operation } from '@/http/operation';

/** GET /api/costs. */
export const readCosts = operation({
  method: 'GET',
  path: '/api/costs',
  summary: 'Exact costs of a period: total, by type, per day or hour, and the records that they sum.',
  query: costsQuery,
  response: costsAnswer,
  conditional: true,
});
