import { readCosts } from '@/domain/ledger/read-costs';
import { handle } from '@/http/handle';
import * as ledger from '@/http/operations/ledger';
import { route } from '@/http/route';

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({
  GET: handle.conditional(ledger.readCosts, readCosts),
});
