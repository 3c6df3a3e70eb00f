import { expect, test } from 'vitest';
import { CAUSE_TEXTS, classifyEnd, type EndOfRun, type EndSigns, FAILURE_CAUSES } from './failure-causes';

const END: EndOfRun = { reason: 'exited', exitCode: 1, signal: null };
const SIGNS: EndSigns = { cancelRequested: false, diverged: false, error: null, lastLines: [] };
const causeOf = (end: Partial<EndOfRun>, signs: Partial<EndSigns> = {}) =>
  classifyEnd({ ...END, ...end }, { ...SIGNS, ...signs });

test('a run that ended by itself with code 0 has completed', () => {
  expect(causeOf({ exitCode: 0 })).toEqual({ outcome: 'completed', cause: null });
  expect(causeOf({ exitCode: 0 }, { cancelRequested: true })).toEqual({ outcome: 'completed', cause: null });
});

test.each([
  ['torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB', 'out_of_memory'],
  ['RuntimeError: CUDA error: out of memory', 'out_of_memory'],
  ['RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED', 'out_of_memory'],
  ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory', 'out_of_memory'],
  ["terminate called after throwing an instance of 'std::bad_alloc'", 'out_of_memory'],
  ['MemoryError', 'out_of_memory'],
  ['OSError: [Errno 28] No space left on device', 'disk_full'],
  ['json.decoder.JSONDecodeError: Expecting value: line 3 column 1', 'bad_data'],
  ['ValueError: something else', 'trainer_error'],
])('%s: %s', (line, cause) => {
  expect(causeOf({}, { lastLines: ['Traceback (most recent call last):', line, ''] })).toEqual({
    outcome: 'failed',
    cause,
  });
});

test.each([
  [{ exitCode: 137 }, 'failed', 'out_of_memory'],
  [{ exitCode: null, signal: 'SIGKILL' }, 'failed', 'out_of_memory'],
  [{ exitCode: null, signal: 'SIGSEGV' }, 'failed', 'crashed'],
  [{ exitCode: 139 }, 'failed', 'crashed'],
  [{ exitCode: null, signal: 'SIGTERM' }, 'lost', 'preempted'],
  [{ exitCode: 143 }, 'lost', 'preempted'],
  [{ exitCode: 127 }, 'failed', 'command_not_found'],
  [{ exitCode: 126 }, 'failed', 'command_not_found'],
  [{ exitCode: 1 }, 'failed', 'trainer_error'],
  [{ reason: 'timeout', exitCode: null, signal: 'SIGKILL' }, 'failed', 'timeout'],
  [{ reason: 'not_started', exitCode: null }, 'failed', 'command_not_found'],
  [{ reason: 'disk_full', exitCode: null }, 'failed', 'disk_full'],
  [{ reason: 'out_of_memory', exitCode: null }, 'failed', 'out_of_memory'],
  [{ reason: 'lease', exitCode: null }, 'lost', 'worker_lost'],
  [{ reason: 'lost', exitCode: null }, 'lost', 'worker_lost'],
  [{ reason: 'cancelled', exitCode: null }, 'lost', 'preempted'],
] as const)('%j: %s, %s', (end, outcome, cause) => {
  expect(causeOf(end)).toEqual({ outcome, cause });
});

test('what the trainer itself says goes before what its lines look like', () => {
  expect(causeOf({}, { error: 'bad_data', lastLines: ['CUDA out of memory'] })).toMatchObject({ cause: 'bad_data' });
});

test('a loss that was no number ends a run as diverged, however it then ended', () => {
  expect(causeOf({ reason: 'cancelled' }, { diverged: true })).toMatchObject({ outcome: 'failed', cause: 'diverged' });
  expect(causeOf({ exitCode: 0 }, { diverged: true })).toMatchObject({ cause: 'diverged' });
  expect(causeOf({ exitCode: 1 }, { diverged: true })).toMatchObject({ cause: 'diverged' });
});

test('a cancellation that was asked for is one, also where the run was lost meanwhile', () => {
  for (const reason of ['cancelled', 'lost', 'lease'] as const) {
    expect(causeOf({ reason, exitCode: null }, { cancelRequested: true, diverged: true })).toEqual({
      outcome: 'cancelled',
      cause: null,
    });
  }
});

test('each cause says what happened and what to do next', () => {
  for (const cause of FAILURE_CAUSES) {
    expect(CAUSE_TEXTS[cause].happened).toMatch(/^[A-Z].*\.$/);
    expect(CAUSE_TEXTS[cause].next).toMatch(/^[A-Z].*\.$/);
  }
});
