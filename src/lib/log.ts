import pino from 'pino';

/** The logger that is handed down everywhere; `child()` adds ids (request, user, job). */
export type Logger = pino.Logger;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Names whose values are secrets, whatever object they sit in. Compared in lower case. */
const SECRET_NAMES = [
  'authorization',
  'cookie',
  'set-cookie',
  'password',
  'token',
  'access_token',
  'refresh_token',
  'accesstoken',
  'refreshtoken',
  'apikey',
  'api_key',
  'secret',
  'secretkey',
  'adminurl',
  'ownerurl',
  'appurl',
  'workerurl',
  'databaseurl',
];

const HIDDEN = '[hidden]';
const DEEPEST = 6;

/** Something between `://user:` and `@` is a password; a JWT is three long base64url parts. */
function hideInText(text: string): string {
  return text
    .replaceAll(/(\w+:\/\/[^\s:/@]*:)[^\s@]+@/g, `$1${HIDDEN}@`)
    .replaceAll(/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g, HIDDEN);
}

function describeError(error: Error, depth: number): Record<string, unknown> {
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: hideInText(error.message),
    ...(code === undefined ? {} : { code }),
    stack: error.stack === undefined ? undefined : hideInText(error.stack),
    ...(error.cause === undefined ? {} : { cause: hideSecrets(error.cause, depth + 1) }),
  };
}

/** A copy of a value for the log: secrets replaced, errors described, cycles cut by depth. */
export function hideSecrets(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return hideInText(value);
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  if (depth >= DEEPEST) return '[deeper]';
  if (value instanceof Error) return describeError(value, depth);
  if (Array.isArray(value)) return value.map((entry) => hideSecrets(entry, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [
      name,
      SECRET_NAMES.includes(name.toLowerCase()) ? HIDDEN : hideSecrets(entry, depth + 1),
    ]),
  );
}

/**
 * A structured logger: one JSON object per line, so that a CR or LF in a value can never begin a line of its own.
 * Writes to standard error unless `destination` names another stream: a command's result owns standard output.
 */
export function createLogger(options: { level?: LogLevel; destination?: pino.DestinationStream } = {}): Logger {
  const log = pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (entry) => hideSecrets(entry) as Record<string, unknown>,
      },
      hooks: {
        logMethod(args, method) {
          const hidden = args.map((arg) => (typeof arg === 'string' ? hideInText(arg) : arg)) as typeof args;
          method.apply(this, hidden);
        },
      },
    },
    options.destination ?? pino.destination({ dest: 2, sync: true }),
  );
  // pino formats what a child adds in no way, so it is cleaned on its way in; grandchildren inherit this method
  const { child } = log;
  log.child = function (this: Logger, bindings: pino.Bindings, options?: pino.ChildLoggerOptions) {
    return Reflect.apply(child, this, [hideSecrets(bindings), options]);
  } as Logger['child'];
  return log;
}
