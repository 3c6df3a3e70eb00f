import type { ProgressEvent } from '@/domain/training/progress';

/** Why an attempt failed; `lora_training_jobs.failure_cause` holds one of these. */
export const FAILURE_CAUSES = [
  'out_of_memory',
  'bad_data',
  'preempted',
  'timeout',
  'command_not_found',
  'diverged',
  'disk_full',
  'crashed',
  'trainer_error',
  'worker_lost',
] as const;
export type FailureCause = (typeof FAILURE_CAUSES)[number];

/** What people are told: what happened, and what to do next. The raw output is in the job's log. */
export const CAUSE_TEXTS = {
  out_of_memory: {
    happened: 'It ran out of memory.',
    next: 'Try a smaller batch or a shorter maximum length, or more memory.',
  },
  bad_data: {
    happened: 'The trainer could not read the dataset.',
    next: 'Look at the last lines of the log, mend the dataset and upload it again.',
  },
  preempted: {
    happened: 'The machine was taken away, or something outside stopped the run.',
    next: 'Retry the job; on-demand machines are not taken away.',
  },
  timeout: {
    happened: 'It took longer than the job allows.',
    next: 'Allow more minutes or train for fewer steps, then retry.',
  },
  command_not_found: {
    happened: 'The trainer could not be started: its command does not exist or may not be run.',
    next: 'Whoever runs this installation has to mend the trainer; then retry.',
  },
  diverged: {
    happened:
      'The loss grew beyond all measure or stopped being a number, so the run was ended: going on would only have cost money.',
    next: 'Try a lower learning rate or a longer warm-up.',
  },
  disk_full: {
    happened: 'The disk was full.',
    next: 'Free some space where runs are kept, then retry.',
  },
  crashed: {
    happened: 'The trainer crashed.',
    next: 'Look at the last lines of the log, then retry.',
  },
  trainer_error: {
    happened: 'The trainer ended with an error.',
    next: 'Look at the last lines of the log, then retry.',
  },
  worker_lost: {
    happened: 'What ran it was lost several times.',
    next: 'Retry the job; if it happens again, look at the machine that runs it.',
  },
} as const satisfies Record<FailureCause, { happened: string; next: string }>;

/** Why and how a run was over, as an executor tells it. */
export interface EndOfRun {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly reason:
    | 'exited'
    | 'cancelled'
    | 'timeout'
    | 'lease'
    | 'not_started'
    | 'disk_full'
    | 'out_of_memory'
    | 'lost';
}

/** What else is known about a run that is over. */
export interface EndSigns {
  /** Somebody asked for the job to be cancelled. */
  readonly cancelRequested: boolean;
  readonly diverged: boolean;
  readonly error: ProgressEvent['error'] | null;
  /** The last lines that it printed, oldest first. */
  readonly lastLines: readonly string[];
}

/** How an attempt ended, and why where it did not complete. */
export type AttemptEnd =
  | { readonly outcome: 'completed' | 'cancelled'; readonly cause: null }
  | { readonly outcome: 'failed' | 'lost'; readonly cause: FailureCause };

const failed = (cause: FailureCause): AttemptEnd => ({ outcome: 'failed', cause });
/** Nothing is wrong with the job: it may go on elsewhere. */
const lost = (cause: 'preempted' | 'worker_lost'): AttemptEnd => ({ outcome: 'lost', cause });

const MEMORY_TEXT =
  /CUDA out of memory|CUDA error: out of memory|OutOfMemoryError|CUBLAS_STATUS_ALLOC_FAILED|hipErrorOutOfMemory|MPS backend out of memory|heap out of memory|Cannot allocate memory|std::bad_alloc|\bMemoryError\b|\bENOMEM\b|\bOOM[- ]?kill/i;
const DISK_TEXT = /No space left on device|\bENOSPC\b|Disk quota exceeded|\bEDQUOT\b/i;
const DATA_TEXT = /JSONDecodeError|Unexpected (?:token|end of JSON)|UnicodeDecodeError|DatasetGenerationError/i;

/** Exit codes of a shell: 126 may not be run, 127 is not there; 128 + n: ended by signal n. */
const COMMAND_CODES: readonly (number | null)[] = [126, 127];
const SIGNAL_CODES: Readonly<Record<number, string>> = {
  134: 'SIGABRT',
  135: 'SIGBUS',
  136: 'SIGFPE',
  137: 'SIGKILL',
  139: 'SIGSEGV',
  143: 'SIGTERM',
};

/** The cause of a run that ended by itself and not well. */
function causeOfExit({ exitCode, signal }: EndOfRun, { diverged, error, lastLines }: EndSigns): AttemptEnd {
  if (error) return failed(error);
  const text = lastLines.join('\n');
  if (MEMORY_TEXT.test(text)) return failed('out_of_memory');
  if (DISK_TEXT.test(text)) return failed('disk_full');
  if (diverged) return failed('diverged');
  if (DATA_TEXT.test(text)) return failed('bad_data');
  if (COMMAND_CODES.includes(exitCode)) return failed('command_not_found');
  switch (signal ?? SIGNAL_CODES[exitCode ?? 0] ?? null) {
    case null:
      return failed('trainer_error');
    case 'SIGKILL': // nobody of ours: the system's way of getting memory back
      return failed('out_of_memory');
    case 'SIGTERM':
    case 'SIGHUP':
    case 'SIGINT':
      return lost('preempted');
    default:
      return failed('crashed');
  }
}

/** Why a run that nobody here asked for was stopped: by divergence, by the person, or by somebody outside. */
function causeOfStop({ cancelRequested, diverged, error }: EndSigns): AttemptEnd {
  if (cancelRequested) return { outcome: 'cancelled', cause: null };
  if (error) return failed(error);
  return diverged ? failed('diverged') : lost('preempted');
}

/** Decides how an attempt ended. What was lost ends as cancelled where that was asked for: nobody wants it again. */
export function classifyEnd(end: EndOfRun, signs: EndSigns): AttemptEnd {
  const found = classify(end, signs);
  return found.outcome === 'lost' && signs.cancelRequested ? { outcome: 'cancelled', cause: null } : found;
}

function classify(end: EndOfRun, signs: EndSigns): AttemptEnd {
  switch (end.reason) {
    case 'exited':
      if (end.exitCode !== 0 || end.signal !== null) return causeOfExit(end, signs);
      return signs.diverged ? failed('diverged') : { outcome: 'completed', cause: null };
    case 'cancelled':
      return causeOfStop(signs);
    case 'timeout':
      return failed('timeout');
    case 'not_started':
      return failed('command_not_found');
    case 'disk_full':
    case 'out_of_memory':
      return failed(end.reason);
    case 'lease':
    case 'lost':
      return lost('worker_lost');
  }
}
