import { pricesAnswer, pricesQuery } from '@/domain/prices/schema';
import { operation } from '@/http/operation';

/** GET /api/prices. */
export const listPrices = operation({
  method: 'GET',
  path: '/api/prices',
  summary: 'Prices of GPUs and of storage: those in force now, or all versions with where and when each was read.',
  query: pricesQuery,
  response: pricesAnswer,
});
