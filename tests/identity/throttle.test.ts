import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { FROM, newEmail, PASSWORD, startAuth } from './support';

const MINUTE = 60_000;
const auth = await startAuth();
afterAll(() => auth.close());
beforeEach(() => auth.db.admin.query('delete from auth.attempts'));

const signIn = (email: string, password: string, from: string) =>
  auth.post('/token?grant_type=password', { email, password }, { [FROM]: from });

async function statuses(times: number, call: (i: number) => Promise<Response>): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; i < times; i++) found.push((await call(i)).status);
  return found;
}

async function account(): Promise<string> {
  const email = newEmail();
  await auth.embedded.accounts.create({ email, password: PASSWORD });
  return email;
}

const ten400 = Array(10).fill(400);

describe('tries to sign in', () => {
  it('end after ten wrong passwords for a quarter of an hour, also for the right one', async () => {
    const email = await account();
    expect(await statuses(12, () => signIn(email, 'wrong password', '192.0.2.1'))).toEqual([...ten400, 429, 429]);
    const refused = await signIn(email.toUpperCase(), PASSWORD, '192.0.2.1');
    expect(refused.status).toBe(429);
    const wait = Number(refused.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(14 * 60);
    expect(wait).toBeLessThanOrEqual(15 * 60);
    expect(await refused.json()).toMatchObject({ code: 'over_request_rate_limit' });
    auth.clock.advance(wait * 1000);
    expect((await signIn(email, PASSWORD, '192.0.2.1')).status).toBe(200);
  });

  it('are counted together by all processes', async () => {
    const email = await account();
    const processes = [auth.embedded, auth.another(), auth.another()];
    const answers = await Promise.all(
      Array.from({ length: 15 }, (_, i) =>
        (processes[i % 3] ?? auth.embedded).fetch(
          new Request('http://localhost/auth/v1/token?grant_type=password', {
            method: 'POST',
            headers: { 'content-type': 'application/json', [FROM]: '192.0.2.2' },
            body: JSON.stringify({ email, password: 'wrong password' }),
          }),
        ),
      ),
    );
    expect(answers.filter((answer) => answer.status === 400)).toHaveLength(10);
    expect(answers.filter((answer) => answer.status === 429)).toHaveLength(5);
  });

  it('from one address do not lock an account for its owner elsewhere', async () => {
    const email = await account();
    await statuses(12, () => signIn(email, 'wrong password', '192.0.2.3'));
    expect((await signIn(email, PASSWORD, '198.51.100.1')).status).toBe(200);
  });

  it('on one account from everywhere end after fifty', async () => {
    const email = await account();
    const tries = await statuses(52, (i) => signIn(email, 'wrong password', `198.51.100.${i}`));
    expect(tries.slice(0, 50)).toEqual(Array(50).fill(400));
    expect(tries.slice(50)).toEqual([429, 429]);
  }, 60_000);

  it('from one address on many accounts end after fifty', async () => {
    const tries = await statuses(52, () => signIn(newEmail(), 'wrong password', '203.0.113.9'));
    expect(tries.slice(0, 50)).toEqual(Array(50).fill(400));
    expect(tries.slice(50)).toEqual([429, 429]);
    expect((await signIn(newEmail(), 'wrong password', '203.0.113.10')).status).toBe(400);
  }, 60_000);

  it('that succeed do not count', async () => {
    const email = await account();
    expect(await statuses(9, () => signIn(email, 'wrong password', '192.0.2.4'))).toEqual(Array(9).fill(400));
    expect(await statuses(15, () => signIn(email, PASSWORD, '192.0.2.4'))).toEqual(Array(15).fill(200));
    expect(await statuses(10, () => signIn(email, 'wrong password', '192.0.2.4'))).toEqual(ten400);
  });

  it('cost an unknown address what they cost a known one', async () => {
    const unknown = newEmail();
    expect(await statuses(11, () => signIn(unknown, 'wrong password', '192.0.2.5'))).toEqual([...ten400, 429]);
  });
});

describe('the other doors', () => {
  it('close after many guesses at reset links', async () => {
    const guess = () => auth.post('/verify', { type: 'recovery', token_hash: 'guess' }, { [FROM]: '192.0.2.6' });
    const tries = await statuses(51, guess);
    expect(tries.slice(0, 50)).toEqual(Array(50).fill(403));
    expect(tries[50]).toBe(429);
  });

  it('take a hundred new accounts from one address and no more', async () => {
    const client = () => auth.post('/signup', { email: 'not an address', password: PASSWORD }, { [FROM]: '192.0.2.7' });
    expect((await client()).status).toBe(400);
    await auth.db.admin.query('update auth.attempts set count = 100');
    const { rows } = await auth.db.admin.query('select count(*)::int as n from auth.attempts');
    expect(rows).toEqual([{ n: 0 }]);
    const signUp = () => auth.post('/signup', { email: newEmail(), password: PASSWORD }, { [FROM]: '192.0.2.7' });
    expect((await signUp()).status).toBe(200);
    await auth.db.admin.query('update auth.attempts set count = 99');
    expect((await signUp()).status).toBe(200);
    expect((await signUp()).status).toBe(429);
  });
});

it('forgets counts when their time is over', async () => {
  await signIn(newEmail(), 'wrong password', '192.0.2.8');
  const count = async () => (await auth.db.admin.query('select count(*)::int as n from auth.attempts')).rows[0].n;
  await auth.embedded.removeExpired();
  expect(await count()).toBe(3);
  auth.clock.advance(16 * MINUTE);
  await auth.embedded.removeExpired();
  expect(await count()).toBe(0);
});

it('keeps neither addresses nor names of people in its keys', async () => {
  await signIn('somebody@example.test', 'wrong password', '192.0.2.99');
  const { rows } = await auth.db.admin.query<{ key: string }>('select key from auth.attempts');
  expect(rows).toHaveLength(3);
  for (const { key } of rows) expect(key).toMatch(/^(pair|account|address):[\w-]{43}$/);
});
