import { serveRoutes } from '@tests/support/serve-routes';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { z } from 'zod';
import type { Caller, Database } from '@/db/session';
import { handle } from '@/http/handle';
import { createLimiter } from '@/http/limiter';
import { route, unknownAddress } from '@/http/route';
import { type Authentication, provideRuntime, type RuntimeParts } from '@/http/runtime';
import { systemClock } from '@/lib/clock';
import { badInput, conflict, notFound, unauthenticated, unavailable } from '@/lib/errors';
import { asUserId } from '@/lib/ids';
import { createLogger } from '@/lib/log';
import { createLocalFiles } from '@/storage/local-files';

export const ANNA = '8d0ef0b2-3f6f-4d1c-9a53-1f2f5a0c7e11';
const caller: Caller = { userId: asUserId(ANNA), email: null, sessionId: null, expiresAt: new Date(0) };

/** Knows the token "good" and the cookie "session=good"; "session=old" is refreshed on the way. */
async function authenticate(request: Request): Promise<Authentication> {
  const authorization = request.headers.get('authorization');
  const cookie = request.headers.get('cookie');
  const given = authorization ?? cookie;
  if (given === null) return { caller: null, setCookies: [] };
  if (given === 'session=old') return { caller, setCookies: ['session=good; HttpOnly', 'more=1'] };
  if (given === 'Bearer good' || given === 'session=good') return { caller, setCookies: [] };
  throw unauthenticated('the signature is wrong');
}

/** The log of the test at hand. */
export const lines: string[] = [];
/** The parts of a process without a database. */
export const parts = (): RuntimeParts => ({
  database: {
    asUser: ({ userId }: Caller) => ({ kind: 'user', userId }),
    asService: () => ({ kind: 'service' }),
  } as unknown as Database,
  authenticate,
  identityFetch: null,
  countPendingMigrations: async () => 0,
  clock: systemClock,
  log: createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } }),
  limiter: createLimiter({ multiplier: 1_000 }),
  queue: { send: async () => undefined },
  offer: { trainers: [], executors: [], mostRunning: 1, mostQueued: 1 },
  files: createLocalFiles('/nowhere'),
  limits: { uploadBytes: 1_000, storageBytes: 10_000 },
  publicHost: null,
  version: '0.0.0',
});

/** What a verb may throw, by name. */
const failures = {
  bad: () => badInput('limit: send a whole number.'),
  gone: () => notFound('job'),
  conflict: () => conflict('Send another id.'),
  away: () => unavailable('The database does not answer.', new Error('ECONNREFUSED 10.0.0.7:5432'), 7),
  session: () => unauthenticated('The session has ended.'),
  bug: () => new Error('relation "lora_cost_records" does not exist at character 15'),
  // as thrown by the server's copy of lib/errors, whose class is not that of the routes
  foreign: () =>
    Object.assign(new Error('x'), { name: 'PipelineError', code: 'conflict', details: 'Send another id.' }),
  forged: () => Object.assign(new Error('x'), { name: 'PipelineError', code: 'toString', details: 'no' }),
  number: () => 42,
};

const query = z.object({
  limit: z.string().regex(/^\d+$/, 'send a whole number').transform(Number).default(20),
  period: z.enum(['week', 'month']).optional(),
});
const body = z.strictObject({ name: z.string().max(20), tags: z.record(z.string(), z.string()).optional() });
const failing = z.object({ kind: z.enum(Object.keys(failures) as [keyof typeof failures]) });

const routes = {
  '/api/things': route({
    GET: handle({ query }, async (ctx, input) => ({ user: ctx.userId, kind: ctx.session.kind, ...input })),
    POST: handle({ body, status: 201, maxBytes: 200 }, async (_ctx, input) => input),
  }),
  '/api/things/[id]': route({
    PATCH: handle({ params: z.object({ id: z.uuid() }) }, async (_ctx, { id }) => id),
    DELETE: handle({ params: z.object({ id: z.uuid() }), cache: 'no-store' }, async () => undefined),
  }),
  '/api/tagged': route({
    GET: handle.conditional({}, async (_ctx, _input, known) => ({
      tag: 'v1',
      data: known.includes('v1') ? null : { n: 1 },
    })),
  }),
  '/api/open': route({
    POST: handle({ access: 'public' }, async (ctx, _input, { setCookie }) => {
      setCookie('a=1; HttpOnly');
      return { kind: ctx.session.kind };
    }),
  }),
  '/api/failing': route({
    GET: handle({ query: failing }, async (_ctx, { kind }) => {
      throw failures[kind]();
    }),
  }),
  '/api/[[...unknown]]': unknownAddress(),
};

export const BEARER = { authorization: 'Bearer good' };

/** Serves the routes above to the tests of one file, each with fresh parts and an empty log. */
export function serveSamples() {
  let url = '';
  let close = async () => {};
  beforeAll(async () => {
    const served = Object.entries(routes).map(([address, exports]) => ({ address, load: async () => exports }));
    ({ url, close } = await serveRoutes(served));
  });
  afterAll(() => close());
  beforeEach(() => {
    lines.length = 0;
    provideRuntime(parts());
  });
  const call = (path: string, init: RequestInit = {}) =>
    fetch(url + path, { ...init, headers: { ...BEARER, ...(init.headers as Record<string, string>) } });
  const send = (path: string, text: BodyInit, headers: Record<string, string> = {}) =>
    call(path, { method: 'POST', body: text, headers: { 'content-type': 'application/json', ...headers } });
  return { url: () => url, call, send };
}

/** Status and JSON content of an answer, in one object. */
export const contentOf = async (response: Response) => ({
  status: response.status,
  ...((await response.json()) as object),
});
