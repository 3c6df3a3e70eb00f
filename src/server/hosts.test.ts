import { describe, expect, it } from 'vitest';
import { createHostCheck } from './hosts';

const local = { host: '127.0.0.1', allowedHosts: [], publicUrl: 'http://localhost:3000' };

describe('the check of the Host header', () => {
  it.each(['localhost:3000', 'LOCALHOST', '127.0.0.1:8080', '[::1]:3000', '[::1]', 'localhost.:3000'])(
    'lets the loopback name %s in on any port',
    (host) => expect(createHostCheck(local)(host)).toBe(true),
  );

  it.each([
    'evil.example',
    'localhost.evil.example',
    'evil.example:3000',
    '127.0.0.1.nip.io',
    '0.0.0.0:3000',
    '',
    'localhost:3000:1',
    'user@localhost',
    'localhost/evil.example',
    '[::2]',
    '::1',
    'localhost:123456',
  ])('refuses %j', (host) => expect(createHostCheck(local)(host)).toBe(false));

  it('knows HOST, the public address and further names', () => {
    const isKnown = createHostCheck({
      host: '192.168.1.5',
      allowedHosts: ['pipeline.lan', 'box:8080'],
      publicUrl: 'https://p.example',
    });
    expect(['192.168.1.5:3000', 'pipeline.lan', 'pipeline.lan:99', 'box:8080', 'p.example'].map(isKnown)).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
    expect(['box:8081', 'box', '192.168.1.6'].map(isKnown)).toEqual([false, false, false]);
  });

  it('takes no wildcard address for a name', () => {
    const isKnown = createHostCheck({ ...local, host: '0.0.0.0' });
    expect(isKnown('0.0.0.0:3000')).toBe(false);
    expect(isKnown('localhost:3000')).toBe(true);
  });
});
