'use client';

import { useEffect } from 'react';
import type { Estimate } from '@/domain/estimates/schema';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatExact,
  formatFineAmount,
  formatInteger,
  formatMeasure,
} from '@/lib/format';
import { sentenceOf } from '../api/request';
import { useAnnounce } from '../ui/announcer';
import { Button } from '../ui/button';
import { type Fact, Facts } from '../ui/facts';
import { Notice } from '../ui/notice';
import { Panel } from '../ui/panel';
import { Skeleton } from '../ui/skeleton';
import { phaseName } from './job-words';
import type { JobFormState } from './use-job-form';

/** What the job is expected to cost and to take, kept up with the form, and the button that starts it. */
export function EstimatePanel({ state, formId }: { state: JobFormState; formId: string }) {
  const { estimate, isComplete, start } = state;
  const { data, error, isStale } = estimate;
  const shown = isComplete && error === null ? data : undefined;
  useAnnouncedEstimate(isStale ? undefined : shown);
  return (
    <Panel id="estimate" title="Estimate" busy={isComplete && isStale}>
      <div className="space-y-5 px-4 pb-5 sm:px-6">
        {isComplete ? null : <p className="text-sm text-soft">It is worked out as soon as every field can be read.</p>}
        {isComplete && error !== null && !isStale ? (
          <Notice title="There is no estimate for this">
            <p>{sentenceOf(error)}</p>
          </Notice>
        ) : null}
        {shown ? (
          <div className={isStale ? 'opacity-60 transition-opacity' : 'transition-opacity'}>
            <EstimateNumbers estimate={shown} />
          </div>
        ) : isComplete && (error === null || isStale) ? (
          <Skeleton className="h-64" />
        ) : null}
        {start.error ? (
          <Notice title="The job was not started">
            <p>{sentenceOf(start.error)}</p>
          </Notice>
        ) : null}
        <div className="border-t border-line pt-4">
          <Button
            type="submit"
            form={formId}
            look="primary"
            className="min-h-10 w-full"
            aria-disabled={start.isBusy || !isComplete}
          >
            {start.isBusy ? 'Starting' : 'Start the job'}
          </Button>
          <p className="mt-2 text-xs text-soft">
            It is charged for the time that it really runs, to the millisecond, and can be cancelled at any time.
          </p>
        </div>
      </div>
    </Panel>
  );
}

function EstimateNumbers({ estimate }: { estimate: Estimate }) {
  const { cost, currency, duration_ms, breakdown } = estimate;
  return (
    <>
      <p className="text-3xl font-medium tracking-tight">{formatFineAmount(cost.middle.amount_exact, currency)}</p>
      <p className="mt-1 text-sm text-soft">
        Most likely between {formatFineAmount(cost.low.amount_exact, currency)} and{' '}
        {formatFineAmount(cost.high.amount_exact, currency)}
      </p>
      <p className="mt-1 text-sm text-soft">
        About {formatDuration(duration_ms.middle)} ({formatDuration(duration_ms.low)} to{' '}
        {formatDuration(duration_ms.high)})
      </p>
      <table className="mt-4 w-full text-sm">
        <caption className="sr-only">The estimate by phase; the costs add up to its middle</caption>
        <thead className="text-xs text-soft">
          <tr>
            <th scope="col" className="py-1 text-left font-medium">
              Phase
            </th>
            <th scope="col" className="py-1 text-right font-medium">
              Time
            </th>
            <th scope="col" className="py-1 text-right font-medium">
              Cost
            </th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(breakdown).map(([phase, { ms, cost_exact }]) => (
            <tr key={phase} className="border-t border-line">
              <th scope="row" className="py-1.5 text-left font-normal">
                {phaseName(phase)}
              </th>
              <td className="py-1.5 text-right whitespace-nowrap">{formatDuration(ms)}</td>
              <td className="py-1.5 text-right whitespace-nowrap">{formatFineAmount(cost_exact, currency)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Facts className="mt-4" facts={factsOf(estimate)} />
      <p className="mt-4 text-xs text-soft">{estimate.basis.note}</p>
    </>
  );
}

function factsOf({ steps, tokens, price, storage_per_month: storage, basis }: Estimate): Fact[] {
  return [
    { name: 'Steps', value: formatInteger(steps) },
    { name: 'Tokens', value: formatInteger(tokens), more: 'padding included' },
    {
      name: 'Price',
      value: `${formatExact(price.unit_price)} ${price.currency} per ${price.unit}`,
      more: price.version,
    },
    {
      name: 'Keeping the adapter',
      value: `${formatFineAmount(storage.amount_exact, storage.currency)} a month`,
      more: `about ${formatBytes(storage.bytes)}`,
    },
    {
      name: 'Speed',
      value: `${formatMeasure(basis.tokens_per_second, 3)} tokens/s`,
      more:
        basis.kind === 'prior' ? 'from the model and the machine' : `from ${formatCount(basis.runs, 'run')} of yours`,
    },
  ];
}

/** Says a new estimate to screen readers, once it stands still. */
function useAnnouncedEstimate(estimate: Estimate | undefined): void {
  const announce = useAnnounce();
  const middle = estimate?.cost.middle.amount_exact;
  const currency = estimate?.currency;
  const ms = estimate?.duration_ms.middle;
  useEffect(() => {
    if (middle === undefined || currency === undefined || ms === undefined) return;
    announce(`Estimate: ${formatFineAmount(middle, currency)}, about ${formatDuration(ms)}.`);
  }, [middle, currency, ms, announce]);
}
