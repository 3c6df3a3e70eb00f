import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What a client holds: the access token proves who asks, the refresh token is exchanged for the next pair. */
export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Unix seconds at which the access token ends. */
  readonly expiresAt: number;
}

/** A new secret of 256 random bits, safe in an address. */
export const randomToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

/** What the database keeps of a secret. A plain hash does for 256 random bits: there is nothing to guess. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();

const sealingKey = (token: string): Buffer =>
  Buffer.from(hkdfSync('sha256', token, '', 'pipeline refresh token replacement', 32));

/** Encrypts a pair so that only somebody who presents `token` again can read it; the database keeps the result. */
export function sealPair(token: string, pair: TokenPair): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', sealingKey(token), nonce);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(pair), 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

/** Opens what `sealPair` made with the same token; throws where the token is another one. */
export function openPair(token: string, sealed: Buffer): TokenPair {
  const decipher = createDecipheriv('aes-256-gcm', sealingKey(token), sealed.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const opened = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
  return JSON.parse(opened.toString('utf8')) as TokenPair;
}
