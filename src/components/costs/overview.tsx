'use client';

import { useSearchParams } from 'next/navigation';
import { useEffect, useRef } from 'react';
import type { CostsAnswer } from '@/domain/ledger/schema';
import { formatAmount } from '@/lib/format';
import { useCosts, useMe } from '../api/queries';
import { sentenceOf } from '../api/request';
import { InboxPanel } from '../inbox/inbox-panel';
import { useAnnounce } from '../ui/announcer';
import { Button } from '../ui/button';
import { Notice } from '../ui/notice';
import { Skeleton } from '../ui/skeleton';
import { CostPanels } from './cost-panels';
import { PeriodSwitch } from './period-switch';
import { SpendSkeleton } from './spend-skeleton';
import { TypeBreakdownSkeleton } from './type-breakdown';
import { type CostView, costsPath, readView, viewHref } from './view';
import { ZoneMenu } from './zone-menu';

/** The first screen: what was spent, when, on what, and the newest of the inbox. */
export function Overview() {
  const view = readView(new URLSearchParams(useSearchParams().toString()));
  const me = useMe();
  const costs = useCosts(me.data ? costsPath(view, me.data.timezone) : null);
  useAnnouncedTotal(viewHref(view), costs.isPlaceholderData ? undefined : costs.data);

  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-3 pb-5">
        <h1 className="text-2xl font-semibold tracking-tight sm:mr-auto">Overview</h1>
        {me.data ? (
          <ZoneMenu view={view} kept={me.data.timezone} />
        ) : (
          <Skeleton className="h-9 w-24 pointer-coarse:h-11" />
        )}
        <PeriodSwitch view={view} days={daysOf(costs.data)} />
      </div>
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-5 lg:grid-cols-[minmax(0,1fr)_22rem] xl:grid-cols-[minmax(0,1fr)_24rem]">
        <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-5">
          <CostArea view={view} me={me} costs={costs} />
        </div>
        <InboxPanel zone={me.data?.timezone ?? 'UTC'} />
      </div>
    </>
  );
}

interface CostAreaProps {
  view: CostView;
  me: ReturnType<typeof useMe>;
  costs: ReturnType<typeof useCosts>;
}

function CostArea({ view, me, costs }: CostAreaProps) {
  const error = me.error ?? costs.error;
  const retry = () => (me.error ? me.refetch() : costs.refetch());
  const hasAnswer = costs.data !== undefined && !costs.isPlaceholderData;
  if (error !== null && !hasAnswer) return <CostsFailed error={error} onRetry={retry} />;
  if (me.data === undefined || costs.data === undefined) {
    return (
      <>
        <SpendSkeleton />
        <TypeBreakdownSkeleton />
      </>
    );
  }
  return (
    <>
      {error === null ? null : <CostsFailed error={error} onRetry={retry} />}
      <CostPanels
        view={view}
        me={me.data}
        costs={costs.data}
        fetchedAt={new Date(costs.dataUpdatedAt)}
        busy={costs.isPlaceholderData}
      />
    </>
  );
}

function CostsFailed({ error, onRetry }: { error: Error; onRetry: () => void }) {
  return (
    <Notice title="Your costs could not be loaded" actions={<Button onClick={onRetry}>Try again</Button>}>
      <p>{sentenceOf(error)}</p>
    </Notice>
  );
}

function daysOf(costs: CostsAnswer | undefined): { first: string; last: string } | null {
  const [first, last] = [costs?.chart_data[0]?.date, costs?.chart_data.at(-1)?.date];
  return first && last ? { first, last } : null;
}

/** Says the total to screen readers when another view has arrived; not on the first load, not as it grows. */
function useAnnouncedTotal(shown: string, costs: CostsAnswer | undefined): void {
  const announce = useAnnounce();
  const said = useRef<string | null>(null);
  useEffect(() => {
    if (costs === undefined || said.current === shown) return;
    if (said.current !== null) announce(`Total ${formatAmount(costs.total_cost_exact, costs.currency)}.`);
    said.current = shown;
  }, [shown, costs, announce]);
}
