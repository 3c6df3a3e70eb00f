// Also read by the supervisor, which runs without the product: this file imports nothing of ours.

/** What lies in the folder of a run, `<data folder>/runs/<attempt>/`. */
export const RUN_FOLDER = {
  /** What the supervisor is to do; written and synced before it starts, never changed. */
  order: 'order.json',
  /** Who watches the run, and when its command began. Exists once, whoever tries to write it. */
  journal: 'journal.jsonl',
  /** How the run was over. Exists once, whoever tries to write it. */
  end: 'end.json',
  /** Room for the end, taken while there was some: a full disk does not keep it from being written. */
  reserve: 'end.reserve',
  /** All that the run told, a JSON array per line: instant, kind, text. */
  events: 'events.jsonl',
  /** Rewritten in place every second: a count, and the instant until which the run is known to have lasted. */
  alive: 'alive',
  /** Rewritten in place by `renew`: the machine's monotonic clock. */
  lease: 'lease',
  /** Blank until somebody asks the run to stop; then the reason. */
  stop: 'stop',
  /** What the supervisor itself had to say where something broke. */
  complaints: 'supervisor.log',
  work: 'work',
  output: 'output',
  checkpoints: 'checkpoints',
  dataset: 'dataset',
} as const;

/** Size of the files that are rewritten in place, bytes. */
export const SLOT_BYTES = 64;
/** Room that is kept for the end, bytes; larger than any end. */
export const RESERVE_BYTES = 4_096;

/** The environment variable by which every process of a run is found, whatever it does to leave its group. */
export const MARKER = 'PIPELINE_ATTEMPT';

/** As `src/domain/training/progress.ts` has them: the mark of a report among the output, and its longest, characters. */
export const MARK = '@pipeline ';
export const LONGEST_REPORT = 8_192;

export type StopReason = 'cancelled' | 'timeout' | 'lease' | 'disk_full' | 'lost';

/** How much a run may use; what a limit is for is said where it is applied. */
export interface RunLimits {
  /** Bytes of its output that are kept. */
  readonly logBytes: number;
  /** Bytes of its progress that are kept. */
  readonly progressBytes: number;
  /** The run is stopped where the disk has no more room than this, bytes. */
  readonly freeBytes: number;
}

/** Limits of the system that a trainer asks for itself; see `prlimit(1)`. */
export interface SystemLimits {
  readonly memory_mb?: number | undefined;
  readonly file_mb?: number | undefined;
  readonly open_files?: number | undefined;
  readonly processes?: number | undefined;
}

/** What a supervisor reads. */
export interface SupervisionOrder {
  readonly attemptId: string;
  /** File and arguments; empty where there is nothing to start, and `fault` says why. */
  readonly command: readonly string[];
  readonly fault: string | null;
  readonly environment: Readonly<Record<string, string>>;
  readonly systemLimits: SystemLimits;
  readonly limits: RunLimits;
  readonly leaseMs: number;
  readonly graceMs: number;
  readonly maxRuntimeMs: number | null;
  /** The machine's monotonic clock when the run was ordered, ms: the lease runs from here. */
  readonly orderedAt: number;
  /** The checkpoint that the run goes on from, which it was given and did not make. */
  readonly resumeStep: number | null;
}

/** What a line of `events.jsonl` is: a report of the trainer, what it printed, or a remark of ours. */
export type EventKind = 'progress' | 'stdout' | 'stderr' | 'system';
