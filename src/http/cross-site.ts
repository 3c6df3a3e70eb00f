import { PipelineError } from '@/lib/errors';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

const crossSite = () =>
  new PipelineError(
    'forbidden',
    'This request came from a page of another site. Send it from our own pages, or with a Bearer token.',
  );

/**
 * Refuses a change that a page of another site asks for with the visitor's cookies. Browsers say where a request comes
 * from (`Sec-Fetch-Site`, older ones `Origin`); what says neither is no browser and carries nobody's cookies by accident.
 * A Bearer token is never attached by a browser on its own, so it needs no check.
 */
export function refuseCrossSite(request: Request, publicHost: string | null): void {
  if (SAFE_METHODS.has(request.method) || sendsBearer(request)) return;
  const site = request.headers.get('sec-fetch-site');
  if (site !== null) {
    if (site === 'same-origin' || site === 'none') return;
    throw crossSite();
  }
  const origin = request.headers.get('origin');
  if (origin === null) return;
  const host = hostOf(origin);
  if (host === null || (host !== request.headers.get('host')?.toLowerCase() && host !== publicHost)) throw crossSite();
}

/** Whether the request brings a Bearer credential, good or bad. */
export function sendsBearer(request: Request): boolean {
  return /^bearer(?:\s|$)/i.test(request.headers.get('authorization') ?? '');
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host || null : null;
}
