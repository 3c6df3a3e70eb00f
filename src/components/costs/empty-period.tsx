import type { ReactNode } from 'react';
import type { CostsAnswer } from '@/domain/ledger/schema';
import { dayOf, formatDay } from '@/lib/format';
import { buttonClass } from '../ui/button';
import type { CostView } from './view';
import { ViewLink } from './view-link';

/** Nothing in the days shown, although there are charges: says where they are, and goes there. */
export function EmptyPeriod({ view, costs, zone }: { view: CostView; costs: CostsAnswer; zone: string }) {
  const { extent, currency, other_currencies } = costs;
  if (extent === null) {
    return (
      <EmptyFrame title={`No charges in ${currency}`}>
        <p className="mt-1 text-soft">
          {other_currencies.length > 0
            ? `Your charges are in ${other_currencies.join(', ')}.`
            : 'They come as jobs run.'}
        </p>
      </EmptyFrame>
    );
  }
  const first = dayOf(`${extent.first}T00:00:00Z`, zone);
  const last = dayOf(`${extent.last}T23:59:59Z`, zone);
  const start = latest(first, yearsBefore(last));
  return (
    <EmptyFrame title="Nothing in this period">
      <p className="mt-1 text-soft">{whereabouts(first, last, zone)}</p>
      <ViewLink view={{ ...view, range: { start, end: last } }} className={buttonClass('primary', 'mt-4')}>
        {start === first ? 'Show these days' : `Show the last ${MOST_YEARS} years of them`}
      </ViewLink>
    </EmptyFrame>
  );
}

function EmptyFrame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="grid min-h-58 place-items-center rounded-md border border-dashed border-line px-4 py-8 text-center">
      <div>
        <p className="text-lg font-medium">{title}</p>
        {children}
      </div>
    </div>
  );
}

/** The API tells the first and the last day of UTC: in another zone the charges lie somewhere in the days around. */
function whereabouts(first: string, last: string, zone: string): string {
  if (first === last) return `All your charges are on ${formatDay(first)}.`;
  return zone === 'UTC'
    ? `Your charges run from ${formatDay(first)} to ${formatDay(last)}.`
    : `Your charges lie between ${formatDay(first)} and ${formatDay(last)}.`;
}

const MOST_YEARS = 10;

const latest = (a: string, b: string): string => (a > b ? a : b);

/** The first day of the longest range that may be asked for, where it ends with this day. */
function yearsBefore(last: string): string {
  const day = new Date(`${last}T00:00:00Z`);
  day.setUTCFullYear(day.getUTCFullYear() - MOST_YEARS);
  day.setUTCDate(day.getUTCDate() + 1);
  return day.toISOString().slice(0, 10);
}
