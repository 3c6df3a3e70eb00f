'use client';

import { useMemo } from 'react';
import type { CostsAnswer } from '@/domain/ledger/schema';
import {
  formatAmount,
  formatCount,
  formatDay,
  formatExact,
  formatInstant,
  formatTime,
  splitAmount,
} from '@/lib/format';
import { parseMoney } from '@/lib/money';
import { TableSwitch } from '../ui/table-switch';
import { CurrencySwitch } from './currency-switch';
import { DayChart } from './day-chart';
import { DayTable } from './day-table';
import { dayValues } from './day-values';
import { EmptyPeriod } from './empty-period';
import type { CostView } from './view';
import { showView } from './view-link';

interface SpendProps {
  view: CostView;
  costs: CostsAnswer;
  zone: string;
  /** When this answer was fetched. */
  fetchedAt: Date;
  /** Another view is on its way; what is shown is still the last one. */
  busy: boolean;
}

/** What the period cost: the total, the days, and what else belongs to an honest reading of them. */
export function Spend({ view, costs, zone, fetchedAt, busy }: SpendProps) {
  const days = useMemo(() => dayValues(costs.chart_data, costs.currency), [costs]);
  const isEmpty = Object.keys(costs.cost_by_type_exact).length === 0;
  const exactTotal = `${formatExact(costs.total_cost_exact)} ${costs.currency}`;
  return (
    <section
      id="spend"
      aria-labelledby="spend-title"
      aria-busy={busy}
      className="rounded-lg border border-line bg-panel p-4 shadow-panel sm:p-6"
    >
      <div className={busy ? 'opacity-60 transition-opacity' : 'transition-opacity'}>
        <h2 id="spend-title" className="text-sm text-soft">
          <Phrases texts={spendTitle(view, costs)} />
        </h2>
        <Total exact={costs.total_cost_exact} currency={costs.currency} />
        <p className="mt-2 text-sm text-soft">Exactly {exactTotal}</p>
        <div className="mt-6">
          {isEmpty ? (
            <EmptyPeriod view={view} costs={costs} zone={zone} />
          ) : (
            <>
              <div className="mb-3 flex items-center justify-between gap-3">
                <h3 className="text-base font-semibold">By day</h3>
                <TableSwitch
                  isTable={view.shown === 'table'}
                  onChange={(isTable) => showView({ ...view, shown: isTable ? 'table' : 'chart' })}
                />
              </div>
              {view.shown === 'table' ? (
                <DayTable
                  days={days}
                  total={formatAmount(costs.total_cost_exact, costs.currency)}
                  exactTotal={exactTotal}
                />
              ) : (
                <DayChart key={`${days[0]?.date}/${days.length}`} days={days} currency={costs.currency} />
              )}
            </>
          )}
        </div>
        <div className="mt-5 space-y-1 border-t border-line pt-4">
          <CurrencySwitch view={view} current={costs.currency} others={costs.other_currencies} />
          <Outlook costs={costs} zone={zone} />
          <p className="text-sm text-soft">
            <Phrases texts={[`Days begin at midnight in ${zone}.`, `Updated at ${formatTime(fetchedAt, zone)}.`]} />
          </p>
        </div>
      </div>
    </section>
  );
}

/** "Spent in the last 30 days, 24 Oct 2026 to 23 Nov 2026", in the pieces between which a line may end. */
function spendTitle(view: CostView, costs: CostsAnswer): string[] {
  const [first, last] = [costs.chart_data[0]?.date, costs.chart_data.at(-1)?.date];
  const days = first && last ? (first === last ? formatDay(first) : `${formatDay(first)} to ${formatDay(last)}`) : '';
  if (view.range) return days === '' ? ['Spent in these days'] : [`Spent ${first === last ? 'on' : 'from'} ${days}`];
  const period = { week: 'the last 7 days', month: 'the last 30 days', year: 'the last 365 days' }[view.period];
  return days === '' ? [`Spent in ${period}`] : [`Spent in ${period},`, days];
}

/** Pieces of a sentence that rather begin a new line than break within. */
function Phrases({ texts }: { texts: string[] }) {
  return texts.map((text, index) => (
    <span key={text}>
      {index === 0 ? '' : ' '}
      <span className="inline-block">{text}</span>
    </span>
  ));
}

function Total({ exact, currency }: { exact: string; currency: string }) {
  const [whole, fraction] = splitAmount(exact, currency);
  return (
    <p className="mt-2 text-[clamp(2.25rem,9vw,3.75rem)] leading-none font-medium tracking-[-0.03em]">
      {whole}
      <span className="text-[0.6em] tracking-[-0.02em] text-soft">{fraction}</span>
    </p>
  );
}

/** What is not in the total, or still grows. */
function Outlook({ costs, zone }: { costs: CostsAnswer; zone: string }) {
  const hasEstimate = parseMoney(costs.estimated_cost_exact) !== 0n;
  return (
    <>
      {costs.open_jobs > 0 ? (
        <p className="text-sm text-soft">
          {formatCount(costs.open_jobs, 'job')} still running
          {costs.as_of ? `, metered up to ${formatInstant(costs.as_of, zone)}` : ''}: the latest days still grow.
        </p>
      ) : null}
      {hasEstimate ? (
        <p className="text-sm text-soft">
          Estimated for jobs that have not ended: {formatAmount(costs.estimated_cost_exact, costs.currency)}. This is
          not part of any total.
        </p>
      ) : null}
    </>
  );
}
