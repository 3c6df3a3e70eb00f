import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { unavailable } from '@/lib/errors';

/** Cost of one hash: 19 MiB and two passes, the second of OWASP's equal choices for argon2id. */
const COST = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;
const SALT_BYTES = 16;

/** More at once would take every thread that files and DNS need too. */
const AT_ONCE = 2;
const MOST_WAITING = 64;

let running = 0;
const waiting: (() => void)[] = [];

async function withTurn<R>(work: () => Promise<R>): Promise<R> {
  if (running >= AT_ONCE) {
    if (waiting.length >= MOST_WAITING)
      throw unavailable('Too many people are signing in at this moment. Try again in a few seconds.');
    await new Promise<void>((go) => waiting.push(go));
  } else {
    running += 1;
  }
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    // a waiter takes over the turn, so that nobody slips in between
    if (next) next();
    else running -= 1;
  }
}

function derive(parameters: Argon2Parameters): Promise<Buffer> {
  return withTurn(
    () =>
      new Promise((resolve, reject) => {
        argon2('argon2id', parameters, (error, tag) => (error ? reject(error) : resolve(tag)));
      }),
  );
}

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

/** Hashes a password with a fresh salt: argon2id in PHC form, `$argon2id$v=19$m=…,t=…,p=…$salt$tag`. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(SALT_BYTES);
  const tag = await derive({ message: password, nonce, ...COST });
  return `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${unpadded(nonce)}$${unpadded(tag)}`;
}

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{43})$/;

/**
 * Whether a password belongs to a stored hash. `null` (no such account, or one without a password) costs the same time
 * as a wrong password and is always false.
 */
export async function verifyPassword(stored: string | null, password: string): Promise<boolean> {
  const match = stored === null ? null : PHC.exec(stored);
  if (!match) {
    await derive({ message: password, nonce: randomBytes(SALT_BYTES), ...COST });
    return false;
  }
  const [, memory, passes, parallelism, salt = '', tag = ''] = match;
  const expected = Buffer.from(tag, 'base64');
  const actual = await derive({
    message: password,
    nonce: Buffer.from(salt, 'base64'),
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    tagLength: expected.length,
  });
  return timingSafeEqual(actual, expected);
}
