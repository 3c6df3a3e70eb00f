import type { JobCosts } from '@/domain/ledger/schema';
import { decimalsOf, formatExact, formatInstant, formatInteger } from '@/lib/format';
import { ScrollRegion } from '../ui/scroll-region';
import { CELL, HEAD_CELL, TABLE } from '../ui/table';
import { phaseName } from './job-words';
import { formulaText, inReadingOrder, readDetails, sourceName } from './record-words';

type Entry = JobCosts['records'][number];

interface RecordsTableProps {
  records: Entry[];
  numbers: ReadonlyMap<string, number>;
  zone: string;
}

/** Every record: when, for what, which steps, time × price, and its amount to the last digit. */
export function RecordsTable({ records, numbers, zone }: RecordsTableProps) {
  const decimals = decimalsOf(records.map(({ amount_exact }) => amount_exact));
  return (
    <div>
      <ScrollRegion name="Table of the records" className="max-h-96 rounded-md border border-line">
        <table className={TABLE}>
          <caption className="sr-only">Records of this job’s cost</caption>
          <thead className="sticky top-0">
            <tr>
              {['From', 'For', 'Phase', 'Steps', 'Time × price', 'Amount'].map((name) => (
                <th key={name} scope="col" className={`${HEAD_CELL} ${name === 'Amount' ? 'text-right' : 'text-left'}`}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {inReadingOrder(records).map((record) => (
              <RecordRow key={record.id} record={record} numbers={numbers} zone={zone} decimals={decimals} />
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      <p className="mt-2 text-xs text-soft">
        A record is one quarter-hour of one phase, or one day of storage. Its amount is the step of the running total,
        so that all of them add up to the last digit; by itself a line may differ from its own time × price in the tenth
        decimal.
      </p>
    </div>
  );
}

interface RecordRowProps {
  record: Entry;
  numbers: ReadonlyMap<string, number>;
  zone: string;
  decimals: number;
}

function RecordRow({ record, numbers, zone, decimals }: RecordRowProps) {
  const details = readDetails(record.details);
  const steps = details?.steps;
  return (
    <tr>
      <th scope="row" className={`${CELL} text-left font-normal whitespace-nowrap`}>
        <time dateTime={record.recorded_at}>{formatInstant(record.recorded_at, zone)}</time>
      </th>
      <td className={`${CELL} whitespace-nowrap`}>
        {record.corrects === null ? '' : 'Correction: '}
        {sourceName(record.source, record.cost_type, numbers)}
      </td>
      <td className={`${CELL} whitespace-nowrap`}>{record.phase === null ? '' : phaseName(record.phase)}</td>
      <td className={`${CELL} whitespace-nowrap`}>
        {steps ? `${formatInteger(steps[0])} to ${formatInteger(steps[1])}` : ''}
      </td>
      <td className={`${CELL} whitespace-nowrap`}>{details ? formulaText(details, record.currency) : ''}</td>
      <td className={`${CELL} text-right whitespace-nowrap`}>
        {formatExact(record.amount_exact, decimals)} {record.currency}
        {record.state === 'open' ? <span className="block text-xs text-soft">still grows</span> : null}
      </td>
    </tr>
  );
}
