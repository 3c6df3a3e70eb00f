import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { LoginUrlError, loginUrls } from './logins';

describe('login urls', () => {
  const urls = loginUrls('postgres://postgres:p%40ss@db.example:6543/app?sslmode=require');

  it('keep host, port, database and options', () => {
    for (const [role, text] of Object.entries(urls)) {
      const url = new URL(text);
      expect([role, url.host, url.pathname, url.search]).toEqual([role, 'db.example:6543', '/app', '?sslmode=require']);
    }
  });

  it('derive each password from the decoded password of the administrator', () => {
    const expected = (role: string) => createHmac('sha256', 'p@ss').update(role).digest('hex');
    expect(new URL(urls.app)).toMatchObject({ username: 'pipeline_app', password: expected('pipeline_app') });
    expect(new URL(urls.worker)).toMatchObject({ username: 'pipeline_worker', password: expected('pipeline_worker') });
    expect(new URL(urls.owner)).toMatchObject({ username: 'pipeline_owner', password: expected('pipeline_owner') });
  });

  it('let the administrator own what migrations make where asked', () => {
    const admin = 'postgres://postgres:secret@db.example/postgres';
    expect(loginUrls(admin, { ownerIsAdmin: true }).owner).toBe(loginUrls(admin).admin);
  });

  it('carry the project of a shared pooler over to the other users', () => {
    const pooled = loginUrls('postgres://postgres.abcd:secret@aws-0.pooler.example.com:5432/postgres');
    expect(new URL(pooled.app).username).toBe('pipeline_app.abcd');
  });

  it('refuse an address without a password, which would make every password predictable', () => {
    expect(() => loginUrls('postgres://postgres@db.example/postgres')).toThrow(LoginUrlError);
    expect(() => loginUrls('mysql://root:x@db.example/app')).toThrow(LoginUrlError);
    expect(() => loginUrls('not a url')).toThrow(LoginUrlError);
  });
});
