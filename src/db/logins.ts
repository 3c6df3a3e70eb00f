import { createHmac } from 'node:crypto';

/** The roles that log in besides the administrator: one runs migrations, one serves requests, one does system work. */
export type LoginRole = 'pipeline_owner' | 'pipeline_app' | 'pipeline_worker';

export interface LoginUrls {
  admin: string;
  owner: string;
  app: string;
  worker: string;
}

/** The address of a database has no password, so nothing can be derived from it. */
export class LoginUrlError extends Error {
  override readonly name = 'LoginUrlError';
}

function parseAdminUrl(adminUrl: string): URL {
  const url = URL.parse(adminUrl);
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new LoginUrlError('DATABASE_URL must look like postgres://user:password@host:5432/database.');
  }
  if (!url.password) {
    throw new LoginUrlError(
      'DATABASE_URL needs a password: the passwords of the restricted logins are derived from it. ' +
        'Write it as postgres://user:password@host:5432/database.',
    );
  }
  return url;
}

/**
 * The password of a login role: hex HMAC-SHA256 with the administrator's password as key and the role's name as message.
 * So every process that knows the same DATABASE_URL knows the same passwords, and none is stored.
 */
export function loginPassword(adminUrl: string, role: LoginRole): string {
  const password = decodeURIComponent(parseAdminUrl(adminUrl).password);
  return createHmac('sha256', password).update(role).digest('hex');
}

function urlFor(adminUrl: string, role: LoginRole): string {
  const url = parseAdminUrl(adminUrl);
  // A shared connection pooler tells projects apart by what follows the first dot of the user name.
  const project = decodeURIComponent(url.username).match(/^[^.]+(\..+)$/)?.[1] ?? '';
  url.username = encodeURIComponent(role + (url.hostname.includes('pooler') ? project : ''));
  url.password = loginPassword(adminUrl, role);
  return url.href;
}

/**
 * The addresses of all logins of one database.
 * `ownerIsAdmin`: on hosted Supabase migrations run as its `postgres` role, which owns what they make.
 * @throws LoginUrlError when the address is malformed or holds no password.
 */
export function loginUrls(adminUrl: string, options: { ownerIsAdmin?: boolean } = {}): LoginUrls {
  return {
    admin: parseAdminUrl(adminUrl).href,
    owner: options.ownerIsAdmin ? parseAdminUrl(adminUrl).href : urlFor(adminUrl, 'pipeline_owner'),
    app: urlFor(adminUrl, 'pipeline_app'),
    worker: urlFor(adminUrl, 'pipeline_worker'),
  };
}
