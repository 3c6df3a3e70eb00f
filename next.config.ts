import type { NextConfig } from 'next';

/** The server adds each page's Content-Security-Policy, whose nonce is another one every time. */
const PAGE_HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

export default {
  poweredByHeader: false,
  images: { unoptimized: true },
  // The test command checks all types; a start must not fail over a type in a test file.
  typescript: { ignoreBuildErrors: true },
  // One copy of each in the process: the server loads them too, outside Next.
  serverExternalPackages: ['kysely', 'pg', 'pg-boss', 'pino', 'rate-limiter-flexible'],
  // The routes under /api and /auth set their own.
  headers: async () => [
    {
      source: '/((?!api/|auth/|_next/).*)',
      headers: Object.entries(PAGE_HEADERS).map(([key, value]) => ({ key, value })),
    },
  ],
} satisfies NextConfig;
