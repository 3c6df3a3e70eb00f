import { clsx } from 'clsx';
import { ScrollRegion } from '../ui/scroll-region';
import type { DayValue } from './day-values';

interface DayTableProps {
  days: readonly DayValue[];
  /** The total as shown above, and to the last digit. */
  total: string;
  exactTotal: string;
}

/** Every day with its amount as shown and to the last digit. */
export function DayTable({ days, total, exactTotal }: DayTableProps) {
  return (
    <ScrollRegion name="Table of the days" className="max-h-96 rounded-md border border-line">
      <table className="w-full border-separate border-spacing-0 text-sm">
        <caption className="sr-only">Cost per day</caption>
        <thead className="sticky top-0 bg-sunken text-xs text-soft">
          <tr>
            {['Day', 'Cost', 'Exactly'].map((name, index) => (
              <th
                key={name}
                scope="col"
                className={clsx(
                  'border-b border-line px-3 py-2 font-medium',
                  index === 0 ? 'text-left' : 'text-right',
                  index === 2 && ONLY_WIDE,
                )}
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {days.map((day) => (
            <tr key={day.date}>
              <th scope="row" className="border-b border-line px-3 py-1.5 text-left font-normal">
                {day.label}
              </th>
              <Amounts shown={day.shown} exact={day.exact} className="border-b border-line py-1.5" />
            </tr>
          ))}
        </tbody>
        <tfoot className="sticky bottom-0 bg-sunken font-semibold shadow-[0_-1px_0_var(--line)]">
          <tr>
            <th scope="row" className="px-3 py-2 text-left">
              Total
            </th>
            <Amounts shown={total} exact={exactTotal} className="py-2" />
          </tr>
        </tfoot>
      </table>
    </ScrollRegion>
  );
}

/** On a phone the exact amount stands below the shown one; each is in the page once. */
const ONLY_WIDE = 'hidden sm:table-cell';

function Amounts({ shown, exact, className }: { shown: string; exact: string; className: string }) {
  return (
    <>
      <td className={clsx('px-3 text-right whitespace-nowrap', className)}>
        {shown}
        <span className="block text-xs font-normal text-soft sm:hidden">{exact}</span>
      </td>
      <td className={clsx('px-3 text-right font-normal whitespace-nowrap text-soft', ONLY_WIDE, className)}>{exact}</td>
    </>
  );
}
