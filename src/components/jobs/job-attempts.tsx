import type { JobDetail } from '@/domain/training/schema';
import { decimalsOf, formatDuration, formatExact, formatInstant, formatInteger } from '@/lib/format';
import { Panel } from '../ui/panel';
import { ScrollRegion } from '../ui/scroll-region';
import { CELL, HEAD_CELL, TABLE } from '../ui/table';
import { outcomeText } from './job-words';

const lasted = (start: string | null, end: string | null): string =>
  start === null || end === null ? '' : formatDuration(Date.parse(end) - Date.parse(start));

/** Every execution of the job: when, how it ended, what it cost. */
export function JobAttempts({ job: { attempts, currency }, zone }: { job: JobDetail; zone: string }) {
  const decimals = decimalsOf(attempts.map(({ cost_exact }) => cost_exact));
  return (
    <Panel id="attempts" title="Attempts">
      <div className="px-4 pb-5 sm:px-6">
        <ScrollRegion name="Table of the attempts" className="max-h-96 rounded-md border border-line">
          <table className={TABLE}>
            <caption className="sr-only">Attempts of this job</caption>
            <thead>
              <tr>
                {['No.', 'Started', 'Took', 'Outcome', 'From step', 'Cost'].map((name, index) => (
                  <th key={name} scope="col" className={`${HEAD_CELL} ${index > 3 ? 'text-right' : 'text-left'}`}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {attempts.map((attempt) => (
                <tr key={attempt.id}>
                  <th scope="row" className={`${CELL} text-left font-normal`}>
                    {attempt.number}
                  </th>
                  <td className={`${CELL} whitespace-nowrap`}>
                    {attempt.started_at === null ? 'not yet' : formatInstant(attempt.started_at, zone)}
                  </td>
                  <td className={`${CELL} whitespace-nowrap`}>{lasted(attempt.started_at, attempt.ended_at)}</td>
                  <td className={CELL}>{outcomeText(attempt)}</td>
                  <td className={`${CELL} text-right`}>{formatInteger(attempt.resumed_from_step ?? 0)}</td>
                  <td className={`${CELL} text-right whitespace-nowrap`}>
                    {formatExact(attempt.cost_exact, decimals)} {currency}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      </div>
    </Panel>
  );
}
