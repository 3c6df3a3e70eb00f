import { argon2Sync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hashPassword, verifyPassword } from './passwords';

describe('a password hash', () => {
  it('is argon2id in PHC form, with a salt of its own', async () => {
    const [one, two] = await Promise.all([hashPassword('same'), hashPassword('same')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(two);
  });

  it('is what the standard function gives for its salt', async () => {
    const [, , , , salt = '', tag = ''] = (await hashPassword('pässword')).split('$');
    const expected = argon2Sync('argon2id', {
      message: Buffer.from('pässword'),
      nonce: Buffer.from(salt, 'base64'),
      parallelism: 1,
      tagLength: 32,
      memory: 19_456,
      passes: 2,
    });
    expect(Buffer.from(tag, 'base64')).toEqual(expected);
  });

  it('knows its password and no other', async () => {
    const hash = await hashPassword('correct horse');
    expect(await verifyPassword(hash, 'correct horse')).toBe(true);
    for (const wrong of ['Correct horse', 'correct horse ', '', 'correct hors']) {
      expect(await verifyPassword(hash, wrong)).toBe(false);
    }
  });

  it('with other costs is verified with those', async () => {
    const nonce = Buffer.alloc(16, 7);
    const tag = argon2Sync('argon2id', {
      message: 'old',
      nonce,
      parallelism: 1,
      tagLength: 32,
      memory: 8_192,
      passes: 3,
    });
    const text = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
    expect(await verifyPassword(`$argon2id$v=19$m=8192,t=3,p=1$${text(nonce)}$${text(tag)}`, 'old')).toBe(true);
  });

  it.each([[null], [''], ['$2b$10$abcdefghijklmnopqrstuv'], ['$argon2id$v=19$m=99999999,t=1,p=1$c2FsdHNhbHQ$x']])(
    'that is %j matches nothing',
    async (stored) => {
      expect(await verifyPassword(stored, '')).toBe(false);
      expect(await verifyPassword(stored, 'anything')).toBe(false);
    },
  );

  it('keeps its answers apart under load, and turns people away beyond that', async () => {
    const hash = await hashPassword('right');
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => verifyPassword(hash, i % 2 ? 'right' : 'wrong')),
    );
    expect(answers).toEqual(answers.map((_, i) => i % 2 === 1));
    const crowd = await Promise.allSettled(Array.from({ length: 100 }, () => verifyPassword(hash, 'right')));
    const turned = crowd.filter((one) => one.status === 'rejected');
    expect(turned).toHaveLength(34);
    for (const { reason } of turned) expect(reason).toMatchObject({ code: 'unavailable' });
    expect(await verifyPassword(hash, 'right')).toBe(true);
  });
});
