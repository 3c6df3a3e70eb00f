'use client';

import { useEffect, useRef } from 'react';
import type { JobDetail } from '@/domain/training/schema';
import { useAnnounce } from '../ui/announcer';
import { JOB_STATUS } from './job-words';

/** Says to screen readers when the state of the job on the page changes; its numbers are theirs to look up. */
export function useAnnouncedStatus(job: JobDetail | undefined): void {
  const announce = useAnnounce();
  const known = useRef<string | null>(null);
  const status = job?.status;
  useEffect(() => {
    if (status === undefined) return;
    if (known.current !== null && known.current !== status) announce(`Now: ${JOB_STATUS[status].word}.`);
    known.current = status;
  }, [status, announce]);
}
