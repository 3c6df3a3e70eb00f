import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EnvError, readEnv } from './env';

describe('the environment', () => {
  it('is complete without any variable', () => {
    expect(readEnv({})).toEqual({
      host: '127.0.0.1',
      port: 3000,
      dataDir: path.resolve('.pipeline'),
      mode: 'embedded',
      databaseUrl: null,
      supabase: null,
      signup: 'first',
      files: { kind: 'local', folder: path.resolve('.pipeline/files') },
      limits: { uploadBytes: 512_000_000, storageBytes: 10_000_000_000, runningJobs: 4, queuedJobs: 50 },
      worker: { inServer: true, slots: 1, leaseMs: 15_000, tickMs: 5_000, stuckMs: 900_000 },
      trainersFile: null,
      allowedHosts: [],
      trustedProxies: [],
      publicUrl: 'http://localhost:3000',
      publicUrlGiven: false,
      logLevel: 'info',
      rateLimit: 1,
    });
  });

  it('takes an empty variable for an absent one', () => {
    expect(readEnv({ PORT: '', DATABASE_URL: ' ', SUPABASE_URL: '' })).toEqual(readEnv({}));
  });

  it('decides the mode by what is set', () => {
    const DATABASE_URL = 'postgres://u:p@db.example/app';
    const SUPABASE_URL = 'https://x.supabase.co/';
    expect(readEnv({ DATABASE_URL })).toMatchObject({ mode: 'postgres', databaseUrl: DATABASE_URL });
    const files = { PIPELINE_FILES: 'supabase', SUPABASE_URL, SUPABASE_ANON_KEY: 'k', SUPABASE_SECRET_KEY: 's' };
    expect(readEnv({ DATABASE_URL, ...files })).toMatchObject({
      files: { kind: 'supabase', url: 'https://x.supabase.co', secretKey: 's', bucket: 'pipeline' },
    });
    expect(readEnv({ DATABASE_URL, SUPABASE_URL, SUPABASE_ANON_KEY: 'k' })).toMatchObject({
      mode: 'supabase',
      supabase: { url: 'https://x.supabase.co', publishableKey: 'k' },
    });
  });

  it.each([
    [{ SUPABASE_URL: 'https://x.supabase.co' }, /SUPABASE_PUBLISHABLE_KEY/],
    [{ SUPABASE_URL: 'https://x.supabase.co', SUPABASE_ANON_KEY: 'k' }, /DATABASE_URL as well/],
    [{ SUPABASE_ANON_KEY: 'k' }, /SUPABASE_URL is not/],
    [{ PORT: '99999' }, /PORT must be/],
    [{ PORT: '80a' }, /PORT must be/],
    [{ PORT: '0' }, /PORT must be/],
    [{ HOST: 'http://x' }, /HOST must be/],
    [{ DATABASE_URL: 'mysql://x' }, /DATABASE_URL must look like/],
    [{ PIPELINE_SIGNUP: 'maybe' }, /first, open/],
    [{ PIPELINE_WORKER: 'maybe' }, /on, off/],
    [{ PIPELINE_WORKER_SLOTS: '0' }, /PIPELINE_WORKER_SLOTS/],
    [{ PIPELINE_LEASE_S: '1' }, /PIPELINE_LEASE_S must be a number from 2 to 3600/],
    [{ PIPELINE_TICK_S: 'x' }, /PIPELINE_TICK_S/],
    [{ PIPELINE_STUCK_MINUTES: '0' }, /PIPELINE_STUCK_MINUTES/],
    [{ PIPELINE_ALLOWED_HOSTS: 'https://a.example' }, /PIPELINE_ALLOWED_HOSTS/],
    [{ PIPELINE_TRUSTED_PROXIES: 'proxy' }, /PIPELINE_TRUSTED_PROXIES/],
    [{ PIPELINE_TRUSTED_PROXIES: '10.0.0.0/33' }, /PIPELINE_TRUSTED_PROXIES/],
    [{ PIPELINE_PUBLIC_URL: 'ftp://x' }, /PIPELINE_PUBLIC_URL/],
    [{ PIPELINE_LOG_LEVEL: 'loud' }, /debug, info/],
    [{ PIPELINE_RATE_LIMIT: '0' }, /PIPELINE_RATE_LIMIT/],
    [{ PIPELINE_RATE_LIMIT: 'x' }, /PIPELINE_RATE_LIMIT/],
    [{ PIPELINE_FILES: 'tape' }, /local, supabase/],
    [{ PIPELINE_FILES: 'supabase' }, /SUPABASE_SECRET_KEY/],
    [{ PIPELINE_FILES_BUCKET: 'a b' }, /PIPELINE_FILES_BUCKET/],
    [{ PIPELINE_MAX_UPLOAD_MB: '0' }, /PIPELINE_MAX_UPLOAD_MB/],
    [{ PIPELINE_MAX_STORAGE_GB: '-1' }, /PIPELINE_MAX_STORAGE_GB/],
    [{ PIPELINE_MAX_RUNNING_JOBS: '0' }, /PIPELINE_MAX_RUNNING_JOBS/],
    [{ PIPELINE_MAX_QUEUED_JOBS: '1.5' }, /PIPELINE_MAX_QUEUED_JOBS/],
  ])('says what is wrong with %o', (source, sentence) => {
    expect(() => readEnv(source)).toThrow(EnvError);
    expect(() => readEnv(source)).toThrow(sentence);
  });

  it('names every wrong variable at once', () => {
    expect(() => readEnv({ PORT: 'x', PIPELINE_SIGNUP: 'x' })).toThrow(/PORT[\s\S]*PIPELINE_SIGNUP/);
  });

  it('reads lists', () => {
    const env = readEnv({
      PIPELINE_ALLOWED_HOSTS: ' A.example , b.example:8080,[::2],',
      PIPELINE_TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8,fd00::/8',
    });
    expect(env.allowedHosts).toEqual(['a.example', 'b.example:8080', '[::2]']);
    expect(env.trustedProxies).toEqual(['127.0.0.1', '10.0.0.0/8', 'fd00::/8']);
  });

  it.each([
    [{ HOST: '0.0.0.0', PORT: '8080' }, 'http://localhost:8080'],
    [{ HOST: 'fd00::1' }, 'http://[fd00::1]:3000'],
    [{ HOST: 'box.lan' }, 'http://box.lan:3000'],
    [{ PIPELINE_PUBLIC_URL: 'https://p.example/' }, 'https://p.example'],
  ])('makes the public address of %o', (source, url) => {
    expect(readEnv(source).publicUrl).toBe(url);
  });
});
