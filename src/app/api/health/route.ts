import { handle } from '@/http/handle';
import { checkHealth } from '@/http/health';
import * as product from '@/http/operations/product';
import { route } from '@/http/route';

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({ GET: handle(product.readHealth, checkHealth) });
