'use client';

import { segmentClass } from '../ui/segment';
import { RangePicker } from './range-picker';
import { type CostView, PERIODS, type Period } from './view';
import { ViewLink } from './view-link';

const NAMES: Record<Period, string> = { week: 'Week', month: 'Month', year: 'Year' };
const MEANINGS: Record<Period, string> = { week: 'Last 7 days', month: 'Last 30 days', year: 'Last 365 days' };

/** Week, month, year, or days of one's own choice. `days` are the first and last day shown now. */
export function PeriodSwitch({ view, days }: { view: CostView; days: { first: string; last: string } | null }) {
  return (
    <nav aria-label="Period" className="w-full sm:w-auto">
      <ul className="flex rounded-lg bg-sunken p-1 *:flex-auto">
        {PERIODS.map((period) => {
          const chosen = view.range === null && view.period === period;
          return (
            <li key={period}>
              <ViewLink
                view={{ ...view, period, range: null }}
                title={MEANINGS[period]}
                aria-current={chosen ? 'true' : undefined}
                className={segmentClass(chosen)}
              >
                {NAMES[period]}
              </ViewLink>
            </li>
          );
        })}
        <li>
          <RangePicker view={view} days={days} />
        </li>
      </ul>
    </nav>
  );
}
