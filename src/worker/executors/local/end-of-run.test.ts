import { describe, expect, it } from 'vitest';
import { LONGEST_PROGRESS, PROGRESS_MARK } from '@/domain/training/progress';
import { describeEnd, type Outcome } from './end-of-run';
import { anchorNow, instantOf } from './machine-clock';
import { LONGEST_REPORT, MARK, type SupervisionOrder } from './run-folder';

const order = { leaseMs: 15_000, maxRuntimeMs: 90_000 } as SupervisionOrder;
const plain: Outcome = { exitCode: 0, signal: null, stop: null, memoryKilled: false, diskFull: false };

describe('the reason of an end', () => {
  it.each<[string, Partial<Outcome>, string]>([
    ['an exit that went well', {}, 'exited'],
    ['one that did not', { exitCode: 3 }, 'exited'],
    ['one that went well on a full disk', { diskFull: true }, 'exited'],
    ['one that failed on a full disk', { exitCode: 1, diskFull: true }, 'disk_full'],
    ['a SIGKILL of unknown origin', { exitCode: null, signal: 'SIGKILL' }, 'exited'],
    [
      'a SIGKILL while the system counts one',
      { exitCode: null, signal: 'SIGKILL', memoryKilled: true },
      'out_of_memory',
    ],
    ['the same by way of a shell', { exitCode: 137, memoryKilled: true }, 'out_of_memory'],
    ['another failure while the system counts one', { exitCode: 1, memoryKilled: true }, 'exited'],
    [
      'what we asked for, whatever else',
      { exitCode: null, signal: 'SIGKILL', stop: 'lease', memoryKilled: true },
      'lease',
    ],
  ])('of %s', (_, changes, reason) => {
    expect(describeEnd({ ...plain, ...changes }, order).reason).toBe(reason);
  });

  it('is told in plain words', () => {
    const killed = { ...plain, exitCode: null, signal: 'SIGKILL', stop: 'lease' } as const;
    expect(describeEnd(killed, order).message).toBe(
      'No worker has renewed the run for 15 s. The command was ended by SIGKILL.',
    );
  });
});

describe('an anchored clock', () => {
  it('neither jumps nor falls with the wall clock', () => {
    const anchor = anchorNow(
      () => 1_760_000_000_000,
      () => 500.25,
    );
    expect(instantOf(anchor, 500.25)).toBe(1_760_000_000_000);
    expect(instantOf(anchor, 2_000.5)).toBe(1_760_000_001_500);
    expect(instantOf(anchor, 400)).toBe(1_760_000_000_000);
  });
});

it('knows reports by the same mark and length as the protocol', () => {
  expect([MARK, LONGEST_REPORT]).toEqual([PROGRESS_MARK, LONGEST_PROGRESS]);
});
