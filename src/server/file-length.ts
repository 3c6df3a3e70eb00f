import type { ServerResponse } from 'node:http';
import { LENGTH_HEADER } from '@/http/download';

const OURS = LENGTH_HEADER.toLowerCase();

/**
 * Lets a route say how long its content is. Next drops `Content-Length` from what a route answers, and without it
 * nobody can show how far a download is or notice that it broke off.
 */
export function keepFileLength(response: ServerResponse): void {
  const set = response.setHeader.bind(response);
  response.setHeader = (name, value) =>
    name.toLowerCase() === OURS ? set('Content-Length', String(value)) : set(name, value);
}
