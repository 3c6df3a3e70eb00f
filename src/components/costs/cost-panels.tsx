import type { Me } from '@/domain/accounts/schema';
import type { CostsAnswer } from '@/domain/ledger/schema';
import { formatAmount } from '@/lib/format';
import { FirstStep } from './first-step';
import { Spend } from './spend';
import { TypeBreakdown } from './type-breakdown';
import type { CostView } from './view';

interface CostPanelsProps {
  view: CostView;
  me: Me;
  costs: CostsAnswer;
  fetchedAt: Date;
  busy: boolean;
}

/** The panels about money, or the first step where there is none at all. */
export function CostPanels({ view, me, costs, fetchedAt, busy }: CostPanelsProps) {
  const zone = view.timezone ?? me.timezone;
  const isNew = costs.extent === null && costs.other_currencies.length === 0 && costs.open_jobs === 0;
  if (isNew) {
    return (
      <section aria-labelledby="first-step" className="rounded-lg border border-line bg-panel p-4 shadow-panel sm:p-8">
        <FirstStep user={me.email ?? me.id} />
      </section>
    );
  }
  return (
    <>
      <Spend view={view} costs={costs} zone={zone} fetchedAt={fetchedAt} busy={busy} />
      {Object.keys(costs.cost_by_type_exact).length === 0 ? null : (
        <TypeBreakdown
          byType={costs.cost_by_type_exact}
          currency={costs.currency}
          total={formatAmount(costs.total_cost_exact, costs.currency)}
          exactTotal={costs.total_cost_exact}
          busy={busy}
        />
      )}
    </>
  );
}
