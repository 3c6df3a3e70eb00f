import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** What brings its own policy or runs no script. */
const NO_PAGE = /^\/(api|auth|_next)\//;

/** Only scripts that Next itself wrote into this one answer may run, and what those load. */
function policyFor(nonce: string): string {
  return [
    "default-src 'self'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Gives a page its policy. Next takes the nonce for its own scripts from the request's header of the same name. */
export function protectPage(request: IncomingMessage, response: ServerResponse): void {
  delete request.headers['content-security-policy'];
  delete request.headers['content-security-policy-report-only'];
  if (NO_PAGE.test(request.url ?? '')) return;
  const policy = policyFor(randomBytes(16).toString('base64'));
  request.headers['content-security-policy'] = policy;
  response.setHeader('Content-Security-Policy', policy);
}
