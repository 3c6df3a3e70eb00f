'use client';

import { useEffect, useRef, useState } from 'react';
import type { LogLine } from '@/domain/training/schema';
import { formatInteger, formatTime } from '@/lib/format';
import { useLog } from '../api/job-queries';
import { LoadFailed } from '../api/load-failed';
import { Panel } from '../ui/panel';
import { ScrollRegion } from '../ui/scroll-region';
import { Skeleton } from '../ui/skeleton';
import { lineKey } from './held-log';

/** What a job prints, line by line; followed to its end while it runs. */
export function JobLog({ jobId, isLive, zone }: { jobId: string; isLive: boolean; zone: string }) {
  const { data: log, error, refetch } = useLog(jobId, isLive);
  const [isFollowed, setFollowed] = useState(true);
  const end = useRef<HTMLDivElement>(null);
  const count = log?.lines.length ?? 0;
  const last = log?.upTo ?? '';

  useEffect(() => {
    const place = end.current?.parentElement;
    if (isFollowed && place && count > 0 && last !== '') place.scrollTop = place.scrollHeight;
  }, [isFollowed, count, last]);

  // The last lines are written with the end itself: they are read once more when it has come.
  useEffect(() => {
    if (!isLive) refetch();
  }, [isLive, refetch]);

  return (
    <Panel
      id="log"
      title="Log"
      tools={
        isLive ? (
          <label className="flex min-h-9 items-center gap-2 text-sm">
            <input
              type="checkbox"
              className="size-4.5 accent-[var(--accent)]"
              checked={isFollowed}
              onChange={(event) => setFollowed(event.target.checked)}
            />
            Follow
          </label>
        ) : null
      }
    >
      <div className="px-4 pb-5 sm:px-6">
        {error ? <LoadFailed title="The log could not be read" error={error} onRetry={refetch} /> : null}
        {log === undefined && !error ? <Skeleton className="h-40" /> : null}
        {log?.lines.length === 0 ? (
          <p className="text-sm text-soft">{isLive ? 'Nothing was printed yet.' : 'Nothing was printed.'}</p>
        ) : null}
        {log && log.lines.length > 0 ? (
          <>
            {log.isCut ? (
              <p className="mb-2 text-xs text-soft">
                The newest {formatInteger(log.lines.length)} lines; older ones are left out here.
              </p>
            ) : null}
            <ScrollRegion
              name="Lines of the log"
              className="max-h-80 rounded-md border border-line bg-sunken px-3 py-2 font-mono text-xs leading-5"
            >
              {log.lines.map((line) => (
                <Line key={lineKey(line)} line={line} zone={zone} />
              ))}
              <div ref={end} />
            </ScrollRegion>
          </>
        ) : null}
      </div>
    </Panel>
  );
}

function Line({ line: { stream, line, logged_at }, zone }: { line: LogLine; zone: string }) {
  return (
    <div className="flex gap-3">
      <time dateTime={logged_at} className="shrink-0 text-soft select-none">
        {formatTime(new Date(logged_at), zone)}
      </time>
      <span
        className={`min-w-0 whitespace-pre-wrap [overflow-wrap:anywhere] ${stream === 'stderr' ? 'text-alert' : stream === 'system' ? 'text-accent' : ''}`}
      >
        {stream === 'stdout' ? null : <span className="select-none">{stream}: </span>}
        {line}
      </span>
    </div>
  );
}
