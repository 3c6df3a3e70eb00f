import { describe, expect, it } from 'vitest';
import { createAddressFinder } from './client-address';

describe('the address of a client', () => {
  it('is the socket’s where no proxy is trusted, whatever the client claims', () => {
    const find = createAddressFinder([]);
    expect(find('203.0.113.9', '10.0.0.1')).toBe('203.0.113.9');
    expect(find('::ffff:203.0.113.9', '')).toBe('203.0.113.9');
  });

  it('is the last one before the trusted proxies', () => {
    const find = createAddressFinder(['127.0.0.1', '10.0.0.0/8', 'fd00::/8']);
    expect(find('127.0.0.1', '198.51.100.7')).toBe('198.51.100.7');
    expect(find('::ffff:127.0.0.1', '198.51.100.7, 10.1.2.3')).toBe('198.51.100.7');
    expect(find('fd00::5', '2001:db8::1')).toBe('2001:db8::1');
  });

  it('does not believe what stands left of the first stranger', () => {
    const find = createAddressFinder(['127.0.0.1']);
    expect(find('127.0.0.1', '127.0.0.1, 198.51.100.7')).toBe('198.51.100.7');
    expect(find('127.0.0.1', '1.2.3.4, 198.51.100.7')).toBe('198.51.100.7');
    expect(find('203.0.113.9', '127.0.0.1')).toBe('203.0.113.9');
  });

  it('stops at what is no address', () => {
    const find = createAddressFinder(['127.0.0.1']);
    expect(find('127.0.0.1', 'unknown')).toBe('127.0.0.1');
    expect(find('127.0.0.1', '')).toBe('127.0.0.1');
  });
});
