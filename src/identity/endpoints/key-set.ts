import { jsonResponse } from '@/identity/answers';
import type { Endpoint } from '@/identity/endpoint';

/** GET /.well-known/jwks.json: public keys, the one answer here that others may keep for a while. */
export const keySet: Endpoint = async (parts) =>
  jsonResponse(await parts.keys.keySet(), 200, { 'Cache-Control': 'public, max-age=600' });
