import { expect, it } from 'vitest';
import { appendLog, EMPTY_LOG, MOST_LINES, startLog } from '@/components/jobs/held-log';
import type { LogLine, LogsAnswer } from '@/domain/training/schema';

const line = (line_no: number): LogLine => ({
  attempt: 1,
  line_no,
  stream: 'stdout',
  logged_at: '2026-01-01T00:00:00Z',
  line: `line ${line_no}`,
});
const answer = (numbers: number[], rest: Partial<LogsAnswer> = {}): LogsAnswer => ({
  lines: numbers.map(line),
  next_cursor: null,
  up_to: null,
  ...rest,
});
const numbers = ({ lines }: { lines: readonly LogLine[] }) => lines.map((each) => each.line_no);

it('turns the newest lines round, and knows that there are older ones', () => {
  const held = startLog(answer([5, 4, 3], { up_to: 'after 5', next_cursor: 'before 3' }));
  expect(numbers(held)).toEqual([3, 4, 5]);
  expect(held).toMatchObject({ upTo: 'after 5', isCut: true });
});

it('goes on where it ended, each line once', () => {
  const held = appendLog(startLog(answer([2, 1], { up_to: 'after 2' })), answer([3, 4], { up_to: 'after 4' }));
  expect(numbers(held)).toEqual([1, 2, 3, 4]);
  expect(held.upTo).toBe('after 4');
  expect(appendLog(held, answer([], { up_to: 'after 4' }))).toBe(held);
});

it('lets go of the oldest lines and says so', () => {
  const many = Array.from({ length: MOST_LINES }, (_, index) => index + 1);
  const held = appendLog(appendLog(EMPTY_LOG, answer(many)), answer([MOST_LINES + 1]));
  expect(held.lines).toHaveLength(MOST_LINES);
  expect(numbers(held).at(0)).toBe(2);
  expect(held.isCut).toBe(true);
});
