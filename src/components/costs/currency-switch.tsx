import type { CostView } from './view';
import { ViewLink } from './view-link';

interface CurrencySwitchProps {
  view: CostView;
  current: string;
  others: readonly string[];
}

/** Names the currency of every number here, and leads to those that are never added to it. */
export function CurrencySwitch({ view, current, others }: CurrencySwitchProps) {
  if (others.length === 0) return null;
  return (
    <p className="text-sm text-soft">
      All amounts are in {current}. You also have charges in{' '}
      {others.map((currency, index) => (
        <span key={currency}>
          {index === 0 ? '' : index === others.length - 1 ? ' and ' : ', '}
          <ViewLink
            view={{ ...view, currency }}
            className="font-medium text-accent underline underline-offset-2 hover:text-accent-strong"
            aria-label={`Show ${currency}`}
          >
            {currency}
          </ViewLink>
        </span>
      ))}
      .
    </p>
  );
}
