import { listPrices } from '@/domain/prices/list-prices';
import { handle } from '@/http/handle';
import * as prices from '@/http/operations/prices';
import { route } from '@/http/route';

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({ GET: handle(prices.listPrices, listPrices) });
