import { decimalsOf, formatExact, formatParts } from '@/lib/format';
import { parseMoney } from '@/lib/money';
import { Panel } from '../ui/panel';
import { Skeleton } from '../ui/skeleton';

interface TypeBreakdownProps {
  /** Exact amounts by cost type. */
  byType: Readonly<Record<string, string>>;
  currency: string;
  /** The total as shown above, and to the last digit: the rows add up to both. */
  total: string;
  exactTotal: string;
  busy: boolean;
}

/** `platform_fee` → `Platform fee`; imports may bring any word, and it stays readable. */
const typeLabel = (type: string): string => {
  const words = type.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** Length of a part against the largest one, in percent; credits have no length. */
const shareOf = (part: bigint, largest: bigint): number =>
  part > 0n && largest > 0n ? Math.max(0.5, Number((part * 1000n) / largest) / 10) : 0;

/** What was paid for, largest first, with bars in proportion. */
export function TypeBreakdown({ byType, currency, total, exactTotal, busy }: TypeBreakdownProps) {
  const parts = Object.entries(byType)
    .map(([type, exact]) => ({ type, exact, amount: parseMoney(exact) }))
    .sort((a, b) => (a.amount === b.amount ? a.type.localeCompare(b.type) : a.amount > b.amount ? -1 : 1));
  const exacts = parts.map((part) => part.exact);
  const shown = formatParts(exacts, currency);
  const decimals = decimalsOf(exacts);
  const largest = parts[0]?.amount ?? 0n;
  return (
    <Panel id="by-type" title="By type" busy={busy}>
      <div className="px-4 pb-4 sm:px-6 sm:pb-5">
        <table className="w-full border-collapse text-sm">
          <caption className="sr-only">Cost by type; the rows add up to the total</caption>
          <thead className="sr-only">
            <tr>
              <th scope="col">Type</th>
              <th scope="col">Cost, shown and exactly</th>
            </tr>
          </thead>
          <tbody>
            {parts.map((part, index) => (
              <tr key={part.type} className="border-b border-line align-baseline">
                <th scope="row" className="w-full py-3 pr-4 text-left font-normal">
                  <span className="[overflow-wrap:anywhere]">{typeLabel(part.type)}</span>
                  <span aria-hidden="true" className="mt-1.5 block h-1.5 rounded-full bg-sunken">
                    <span
                      className="share-bar block h-full rounded-full bg-bar"
                      style={{ width: `${shareOf(part.amount, largest)}%` }}
                    />
                  </span>
                </th>
                <Amount shown={shown[index] ?? ''} exact={`${formatExact(part.exact, decimals)} ${currency}`} />
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr className="align-baseline font-semibold">
              <th scope="row" className="pt-3 text-left">
                Total
              </th>
              <Amount shown={total} exact={`${formatExact(exactTotal, decimals)} ${currency}`} />
            </tr>
          </tfoot>
        </table>
      </div>
    </Panel>
  );
}

function Amount({ shown, exact }: { shown: string; exact: string }) {
  return (
    <td className="py-3 text-right whitespace-nowrap">
      <span className="block">{shown}</span>
      <span className="block text-xs font-normal text-soft">{exact}</span>
    </td>
  );
}

export function TypeBreakdownSkeleton() {
  return (
    <Panel id="by-type" title="By type" busy>
      <div className="space-y-4 px-4 pb-6 sm:px-6">
        <Skeleton className="h-10" />
        <Skeleton className="h-10" />
        <Skeleton className="h-10" />
      </div>
    </Panel>
  );
}
