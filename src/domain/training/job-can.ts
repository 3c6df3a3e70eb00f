import type { JobStatus, TrainingJob } from '@/lib/types/lora-training';

/** What may be done with a job in each of its states; screens and verbs ask here. */
const ALLOWED = {
  queued: { cancel: true, retry: false, final: false },
  initializing: { cancel: true, retry: false, final: false },
  running: { cancel: true, retry: false, final: false },
  completed: { cancel: false, retry: true, final: true },
  failed: { cancel: false, retry: true, final: true },
  cancelled: { cancel: false, retry: true, final: true },
} as const satisfies Record<JobStatus, { cancel: boolean; retry: boolean; final: boolean }>;

type Statused = { readonly status: JobStatus };
/** Whatever was imported never ran here and cannot be run again. */
type Originated = Statused & { readonly origin: TrainingJob['origin'] };

export const jobCan = {
  cancel: (job: Statused): boolean => ALLOWED[job.status].cancel,
  retry: (job: Originated): boolean => ALLOWED[job.status].retry && job.origin === 'pipeline',
};

/** Whether a job has ended; it then never changes its state again. */
export const isFinal = (job: Statused): boolean => ALLOWED[job.status].final;
