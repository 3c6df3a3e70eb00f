import Link from 'next/link';
import type { JobDetail } from '@/domain/training/schema';
import { decimalsOf, formatExact, formatFineAmount } from '@/lib/format';
import { hasEnded } from '../api/job-queries';
import { type Fact, Facts } from '../ui/facts';
import { Panel } from '../ui/panel';
import { phaseName } from './job-words';

/** What the job costs: so far, as estimated, at its end, an hour, and by phase. */
export function JobMoney({ job, onExplain }: { job: JobDetail; onExplain: () => void }) {
  const exact = job.cost_exact ?? '0.0000000000';
  const facts = moneyFacts(job);
  return (
    <Panel
      id="money"
      title={hasEnded(job) ? 'Cost' : 'Cost so far'}
      tools={
        <Link
          href="#records"
          onClick={onExplain}
          className="text-sm text-accent underline underline-offset-2 hover:text-accent-strong"
        >
          Explain every cent
        </Link>
      }
    >
      <div className="px-4 pb-5 sm:px-6">
        <p className="text-3xl font-medium tracking-tight">{formatFineAmount(exact, job.currency)}</p>
        <p className="mt-1 text-sm text-soft">
          Exactly {formatExact(exact)} {job.currency}
        </p>
        {facts.length > 0 ? <Facts className="mt-5" facts={facts} /> : null}
        {job.other_currencies.length > 0 ? (
          <p className="mt-3 text-sm text-soft">Not in it: charges in {job.other_currencies.join(', ')}.</p>
        ) : null}
        {job.cost_by_phase.length > 0 ? <ByPhase job={job} /> : null}
      </div>
    </Panel>
  );
}

function moneyFacts({ estimate, projected_cost, rate_per_hour, currency, status }: JobDetail): Fact[] {
  const shown = (exact: string) => formatFineAmount(exact, currency);
  return [
    ...(estimate === null
      ? []
      : [
          {
            name: 'Estimated',
            value: shown(estimate.cost.middle.amount_exact),
            more: `${shown(estimate.cost.low.amount_exact)} to ${shown(estimate.cost.high.amount_exact)}`,
          },
        ]),
    ...(projected_cost === null || hasEnded({ status })
      ? []
      : [
          {
            name: 'At its end',
            value: shown(projected_cost.middle.amount_exact),
            more: `${shown(projected_cost.low.amount_exact)} to ${shown(projected_cost.high.amount_exact)}`,
          },
        ]),
    ...(rate_per_hour === null ? [] : [{ name: 'Rate', value: `${shown(rate_per_hour.amount_exact)} per hour` }]),
  ];
}

function ByPhase({ job: { cost_by_phase, currency, cost_exact } }: { job: JobDetail }) {
  const exacts = cost_by_phase.map(({ amount_exact }) => amount_exact);
  const decimals = decimalsOf(exacts);
  const largest = cost_by_phase.reduce((most, { amount }) => Math.max(most, amount), 0);
  return (
    <table className="mt-5 w-full text-sm">
      <caption className="pb-1 text-left text-xs text-soft">By phase; the lines add up to the cost</caption>
      <thead className="sr-only">
        <tr>
          <th scope="col">Phase</th>
          <th scope="col">Cost, exactly</th>
        </tr>
      </thead>
      <tbody>
        {cost_by_phase.map(({ phase, amount, amount_exact }) => (
          <tr key={phase} className="border-t border-line">
            <th scope="row" className="w-full py-2 pr-4 text-left font-normal">
              {phaseName(phase)}
              <span aria-hidden="true" className="mt-1 block h-1.5 rounded-full bg-sunken">
                <span
                  className="share-bar block h-full rounded-full bg-bar"
                  style={{ width: `${largest > 0 ? Math.max(0.5, (amount / largest) * 100) : 0}%` }}
                />
              </span>
            </th>
            <td className="py-2 text-right whitespace-nowrap">
              {formatExact(amount_exact, decimals)} {currency}
            </td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr className="border-t border-line font-semibold">
          <th scope="row" className="py-2 text-left">
            Together
          </th>
          <td className="py-2 text-right whitespace-nowrap">
            {formatExact(cost_exact ?? '0.0000000000', decimals)} {currency}
          </td>
        </tr>
      </tfoot>
    </table>
  );
}
