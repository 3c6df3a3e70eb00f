import { describe, expect, it } from 'vitest';
import { createLogger } from './log';

function capture(): { lines: string[]; log: ReturnType<typeof createLogger> } {
  const lines: string[] = [];
  const log = createLogger({ level: 'debug', destination: { write: (text: string) => void lines.push(text) } });
  return { lines, log };
}

const SECRET = 'seeded-secret-4711';

describe('the log', () => {
  it('writes what is no secret', () => {
    const { lines, log } = capture();
    log.info({ requestId: 'r1', n: 12n }, 'hello');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', requestId: 'r1', n: '12', msg: 'hello' });
  });

  it.each([
    'authorization',
    'Authorization',
    'cookie',
    'Set-Cookie',
    'password',
    'token',
    'refresh_token',
    'apikey',
    'adminUrl',
  ])('hides the value of %s wherever it stands', (name) => {
    const { lines, log } = capture();
    log.info({ [name]: SECRET });
    log.info({ headers: { deep: [{ [name]: SECRET }] } });
    log.child({ request: { [name]: SECRET } }).warn('child');
    log
      .child({ id: 1 })
      .child({ [name]: SECRET })
      .warn('grandchild');
    expect(lines).toHaveLength(4);
    expect(lines.join('')).not.toContain(SECRET);
  });

  it('hides passwords in addresses and tokens in texts, messages and errors', () => {
    const { lines, log } = capture();
    const url = `postgres://u:${SECRET}@db.example/app`;
    const jwt = `eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiI0NzExIn0abc.${'s'.repeat(20)}`;
    log.info({ url }, `connect ${url} with ${jwt}`);
    log.info(`plain ${url}`);
    log.error({ error: new Error(`no ${url}`, { cause: new Error(jwt) }) });
    expect(lines.join('')).not.toContain(SECRET);
    expect(lines.join('')).not.toContain(jwt);
    expect(lines.join('')).toContain('db.example');
  });

  it('never lets a value begin a line of its own', () => {
    const { lines, log } = capture();
    log.info({ path: '/a\r\n{"level":"error"}' }, 'x\ny');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.trimEnd()).not.toMatch(/[\r\n]/);
  });

  it('survives cycles and very deep values', () => {
    const { lines, log } = capture();
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    log.info({ cycle });
    expect(lines[0]).toContain('[deeper]');
  });
});
