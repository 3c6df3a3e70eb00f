import { describe, expect, it } from 'vitest';
import { Progress } from '@/cli/progress';

/** A terminal or a log that keeps what is written, and a clock that is set by hand. */
function setUp(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  const clock = { now: 0, monotonicMs: () => clock.now };
  const progress = new Progress({ isTTY, columns, write: (text) => written.push(text) }, clock);
  return { progress, written, clock };
}

const step = (done: number, total: number | null = 200) => ({ label: 'Reading', done, total, note: `${done} lines` });

describe('on a terminal', () => {
  it('one line is written anew with a bar and a share', () => {
    const { progress, written } = setUp(true);
    progress.show(step(50));
    expect(written).toEqual(['\r\u001b[2KReading [######..................]  25 %  50 lines']);
  });

  it('it is written at most ten times a second, and at once for a new step', () => {
    const { progress, written, clock } = setUp(true);
    for (clock.now = 0; clock.now < 1_000; clock.now += 1) progress.show(step(clock.now));
    expect(written).toHaveLength(10);
    progress.show({ label: 'Posting', done: 0, total: 1 });
    expect(written).toHaveLength(11);
  });

  it('it never gets longer than the terminal is wide, and is taken away at the end', () => {
    const { progress, written } = setUp(true, 40);
    progress.show({ ...step(50), note: 'x'.repeat(100) });
    progress.end();
    expect(written[0]).toHaveLength('\r\u001b[2K'.length + 39);
    expect(written[1]).toBe('\r\u001b[2K');
  });

  it('there is no bar where the total is not known, and none beyond the whole', () => {
    const { progress, written } = setUp(true);
    progress.show(step(50, null));
    progress.show({ label: 'Posting', done: 9, total: 3 });
    expect(written[0]).toBe('\r\u001b[2KReading  50 lines');
    expect(written[1]).toContain('100 %');
  });
});

describe('in a log', () => {
  it('plain lines are written when a step begins and every five seconds', () => {
    const { progress, written, clock } = setUp(false);
    for (clock.now = 0; clock.now <= 10_000; clock.now += 500) progress.show(step(clock.now / 100));
    progress.show({ label: 'Checking', done: 0, total: null });
    progress.end();
    expect(written).toEqual([
      'Reading  0 %  0 lines\n',
      'Reading  25 %  50 lines\n',
      'Reading  50 %  100 lines\n',
      'Checking\n',
    ]);
  });
});
