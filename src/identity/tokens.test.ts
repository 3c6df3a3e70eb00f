import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hashToken, openPair, randomToken, sealPair } from './tokens';

const pair = { accessToken: 'a.b.c', refreshToken: 'next', expiresAt: 1_800_000_000 };

describe('a secret', () => {
  it('has 256 bits and is never given twice', () => {
    const tokens = Array.from({ length: 1_000 }, randomToken);
    expect(new Set(tokens).size).toBe(1_000);
    for (const token of tokens) expect(token).toMatch(/^[\w-]{43}$/);
  });

  it('is kept as its SHA-256', () => {
    expect(hashToken('abc')).toEqual(createHash('sha256').update('abc').digest());
  });
});

describe('a sealed pair', () => {
  it('opens with its token only', () => {
    const token = randomToken();
    const sealed = sealPair(token, pair);
    expect(openPair(token, sealed)).toEqual(pair);
    expect(() => openPair(randomToken(), sealed)).toThrow();
    expect(sealed.includes('next')).toBe(false);
  });

  it('notices every changed byte', () => {
    const token = randomToken();
    const sealed = sealPair(token, pair);
    for (let i = 0; i < sealed.length; i++) {
      const changed = Buffer.from(sealed);
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(() => openPair(token, changed)).toThrow();
    }
  });
});
