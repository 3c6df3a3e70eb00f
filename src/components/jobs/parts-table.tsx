import type { JobCosts } from '@/domain/ledger/schema';
import { decimalsOf, formatExact } from '@/lib/format';
import { ScrollRegion } from '../ui/scroll-region';
import { CELL, HEAD_CELL, TABLE } from '../ui/table';
import { partAgrees, partFormula, partKey, sourceName } from './record-words';

interface PartsTableProps {
  parts: JobCosts['parts'];
  totals: JobCosts['totals'];
  numbers: ReadonlyMap<string, number>;
}

const AGREEMENT = { true: 'the same', false: 'not the same' } as const;

/** What was paid for: all the time of each at its price, against the sum of its records. */
export function PartsTable({ parts, totals, numbers }: PartsTableProps) {
  const decimals = decimalsOf(parts.map(({ amount_exact }) => amount_exact));
  return (
    <ScrollRegion name="Table of the sums" className="rounded-md border border-line">
      <table className={TABLE}>
        <caption className="sr-only">What was paid for, and how each sum comes about</caption>
        <thead>
          <tr>
            {['For', 'Time × price', 'Is', 'Records sum to'].map((name, index) => (
              <th key={name} scope="col" className={`${HEAD_CELL} ${index > 1 ? 'text-right' : 'text-left'}`}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {parts.map((part) => {
            const agrees = partAgrees(part);
            return (
              <tr key={partKey(part)}>
                <th scope="row" className={`${CELL} text-left font-normal whitespace-nowrap`}>
                  {sourceName(part.source, part.cost_type, numbers)}
                </th>
                <td className={CELL}>
                  {partFormula(part) ?? 'as it was reported'}
                  {part.price_version ? <span className="block text-xs text-soft">{part.price_version}</span> : null}
                </td>
                <td className={`${CELL} text-right whitespace-nowrap`}>
                  {part.computed_exact === null ? '' : formatExact(part.computed_exact, decimals)}
                </td>
                <td className={`${CELL} text-right whitespace-nowrap`}>
                  {formatExact(part.amount_exact, decimals)} {part.currency}
                  {agrees === null ? null : (
                    <span className={`block text-xs ${agrees ? 'text-soft' : 'font-medium text-alert'}`}>
                      {AGREEMENT[`${agrees}`]}
                    </span>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
        <tfoot className="font-semibold">
          {totals.map(({ currency, amount_exact }) => (
            <tr key={currency}>
              <th scope="row" colSpan={3} className="px-3 py-2 text-left">
                Together
              </th>
              <td className="px-3 py-2 text-right whitespace-nowrap">
                {formatExact(amount_exact, decimals)} {currency}
              </td>
            </tr>
          ))}
        </tfoot>
      </table>
    </ScrollRegion>
  );
}
