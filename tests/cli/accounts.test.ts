import { spawn } from 'node:child_process';
import path from 'node:path';
import { createTestDatabase } from '@tests/support/database';
import { afterAll, describe, expect, it } from 'vitest';
import { createIdentity } from '@/identity/identity';
import { systemClock } from '@/lib/clock';
import { readEnv } from '@/lib/env';
import { createLogger } from '@/lib/log';

const db = await createTestDatabase();
afterAll(() => db.drop());

// like a server whose environment the command does not know: another port, another public address
const { identity, authenticate } = (() => {
  const env = { ...readEnv({}), publicUrl: 'http://pipeline.example.test:4321' };
  const made = createIdentity({
    service: db.database.asService(),
    clock: systemClock,
    log: createLogger({ level: 'silent' }),
    env,
  });
  return { identity: made, authenticate: made.authenticate };
})();

interface Outcome {
  code: number;
  out: string;
  err: string;
}

function pipeline(args: string[], options: { stdin?: string; env?: Record<string, string> } = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [path.resolve('bin/pipeline.mjs'), ...args], {
    env: { PATH: process.env.PATH, DATABASE_URL: db.adminUrl, ...options.env } as unknown as NodeJS.ProcessEnv,
    stdio: 'pipe',
  });
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (text.out += chunk));
  child.stderr.on('data', (chunk: Buffer) => (text.err += chunk));
  child.stdin.end(options.stdin ?? '');
  return new Promise((resolve) => child.once('close', (code) => resolve({ code: code ?? -1, ...text })));
}

async function signsIn(email: string, password: string): Promise<boolean> {
  const response = await identity.embedded?.fetch(
    new Request('http://localhost/auth/v1/token?grant_type=password', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    }),
  );
  return response?.status === 200;
}

describe('pipeline user', () => {
  it('makes an account with a password that it shows once', async () => {
    const { code, out } = await pipeline(['user', 'create', 'Ada@Example.test']);
    expect(code).toBe(0);
    const [, password = ''] = /shown this once: (\S{20})\n/.exec(out) ?? [];
    expect(out).toContain('ada@example.test');
    expect(await signsIn('ada@example.test', password)).toBe(true);
  });

  it('takes a password from standard input, and asks only on a terminal', async () => {
    const given = await pipeline(['user', 'create', 'bob@example.test', '--password-stdin'], {
      stdin: 'a given one\n',
    });
    expect(given.code).toBe(0);
    expect(given.out).not.toContain('a given one');
    expect(await signsIn('bob@example.test', 'a given one')).toBe(true);
    const asked = await pipeline(['user', 'create', 'eve@example.test', '--password']);
    expect(asked).toMatchObject({ code: 1, out: '' });
    expect(asked.err).toContain('--password-stdin');
  });

  it('refuses what cannot be, with a sentence', async () => {
    const [taken, short] = await Promise.all([
      pipeline(['user', 'create', 'bob@example.test']),
      pipeline(['user', 'create', 'carl@example.test', '--password-stdin'], { stdin: 'short' }),
    ]);
    expect(taken).toMatchObject({ code: 1, err: expect.stringContaining('pipeline user reset bob@example.test') });
    expect(short).toMatchObject({ code: 1, err: expect.stringContaining('at least 8 characters') });
  });

  it('prints a link that sets a new password', async () => {
    const { code, out } = await pipeline(['user', 'reset', 'bob@example.test'], {
      env: { PIPELINE_PUBLIC_URL: 'https://pipeline.example.test' },
    });
    expect(code).toBe(0);
    expect(out).toMatch(/^https:\/\/pipeline\.example\.test\/reset-password#token=[\w-]{43}\n$/);
  });

  it('lists accounts, also for scripts', async () => {
    await db.admin.query(
      "with u as (insert into auth.users default values returning id) insert into lora_accounts (user_id, alias) select id, 'team-7' from u",
    );
    const [{ out }, json] = await Promise.all([pipeline(['user', 'list']), pipeline(['user', 'list', '--json'])]);
    expect(out.trim().split('\n')).toHaveLength(3);
    expect(out).toMatch(/ada@example\.test +made \d{4}-\d{2}-\d{2} +last sign-in \d{4}/);
    expect(out).toMatch(/team-7 .*no password/);
    expect(out).not.toContain('last sign-in never');
    const accounts = JSON.parse(json.out);
    expect(accounts.map((account: { alias: string | null }) => account.alias)).toEqual([null, null, 'team-7']);
  });

  it('deletes an account only when told so twice, and its tokens with it', async () => {
    const accounts = identity.embedded?.accounts;
    const session = await accounts?.openSession(await accounts.find('ada@example.test'));
    const caller = await identity.verifyAccessToken(session?.access_token ?? '');
    await expect(db.database.asUser(caller).run()).resolves.toEqual([]);
    const unsure = await pipeline(['user', 'delete', 'ada@example.test']);
    expect(unsure).toMatchObject({ code: 1, err: expect.stringContaining('--yes') });
    await expect(db.database.asUser(caller).run()).resolves.toEqual([]);
    expect((await pipeline(['user', 'delete', 'ada@example.test', '--yes'])).code).toBe(0);
    await expect(db.database.asUser(caller).run()).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('pipeline token', () => {
  it('prints a token for an alias, and nothing else', async () => {
    const { rows } = await db.admin.query("select user_id as id from lora_accounts where alias = 'team-7'");
    const { code, out } = await pipeline(['token', 'team-7']);
    expect(code).toBe(0);
    expect(out).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const request = new Request('http://x/', { headers: { authorization: `Bearer ${out.trim()}` } });
    const { caller } = await authenticate(request);
    expect(caller?.userId).toBe(rows[0].id);
    const hours = ((caller?.expiresAt.getTime() ?? 0) - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(23.9);
    expect(hours).toBeLessThanOrEqual(24);
  });

  it('prints the header Cookie for curl', async () => {
    const [{ out }, secure] = await Promise.all([
      pipeline(['token', 'bob@example.test', '--cookie']),
      pipeline(['token', 'bob@example.test', '--cookie'], {
        env: { PIPELINE_PUBLIC_URL: 'https://pipeline.example.test' },
      }),
    ]);
    expect(out).toMatch(/^sb-pipeline-auth-token=base64-[\w-]+\n$/);
    const { caller, setCookies } = await authenticate(new Request('http://x/', { headers: { cookie: out.trim() } }));
    expect(caller?.email).toBe('bob@example.test');
    expect(setCookies).toEqual([]);
    expect(secure.out).toMatch(/^__Host-sb-pipeline-auth-token=base64-/);
  });

  it('says who is not there', async () => {
    const { code, out, err } = await pipeline(['token', 'nobody']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('"nobody"');
  });
});
