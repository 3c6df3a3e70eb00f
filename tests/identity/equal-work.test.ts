import { afterAll, expect, it } from 'vitest';
import { newEmail, PASSWORD, startAuth } from './support';

const ROUNDS = 40;
const auth = await startAuth({ rateLimit: 1_000 });
afterAll(() => auth.close());

/** What the work itself takes: the upper half is what else the machine does. */
const lowerQuartile = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 2] ?? 0;

it('an unknown address takes as long as a wrong password, and gets the same answer', async () => {
  const known = newEmail();
  const withoutPassword = newEmail();
  await auth.embedded.accounts.create({ email: known, password: PASSWORD });
  await auth.db.admin.query('insert into auth.users (email) values ($1)', [withoutPassword]);
  const emails = { known, unknown: newEmail(), withoutPassword };
  const times: Record<string, number[]> = { known: [], unknown: [], withoutPassword: [] };
  const bodies = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    // interleaved, so that a busy moment of the machine falls on all of them
    for (const [kind, email] of Object.entries(emails)) {
      const start = performance.now();
      const response = await auth.post('/token?grant_type=password', { email, password: 'wrong password' });
      bodies.add(`${response.status} ${await response.text()}`);
      times[kind]?.push(performance.now() - start);
    }
  }
  const [wrong, unknown, none] = [times.known, times.unknown, times.withoutPassword].map((list) =>
    lowerQuartile(list ?? []),
  );
  console.log(
    `sign-in, lower quartiles of ${ROUNDS}: wrong password ${wrong?.toFixed(1)} ms, unknown ${unknown?.toFixed(1)} ms, no password ${none?.toFixed(1)} ms`,
  );
  expect(bodies.size).toBe(1);
  expect((unknown ?? 0) / (wrong ?? 1)).toBeGreaterThan(0.67);
  expect((unknown ?? 0) / (wrong ?? 1)).toBeLessThan(1.5);
  expect((none ?? 0) / (wrong ?? 1)).toBeGreaterThan(0.67);
  expect((none ?? 0) / (wrong ?? 1)).toBeLessThan(1.5);
}, 60_000);
