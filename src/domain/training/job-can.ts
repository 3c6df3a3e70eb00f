import type { JobStatus } from '@/lib/types/lora-training';

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

export const jobCan = {
  cancel: (job: Statused): boolean => ALLOWED[job.status].cancel,
  retry: (job: Statused): boolean => ALLOWED[job.status].retry,
};

/** Whether a job has ended; it then never changes its state again. */
export const isFinal = (job: Statused): boolean => ALLOWED[job.status].final;
