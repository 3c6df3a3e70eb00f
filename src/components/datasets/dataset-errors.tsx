import type { DatasetReport } from '@/domain/datasets/schema';
import { formatCount, formatInteger } from '@/lib/format';
import { Panel } from '../ui/panel';
import { ScrollRegion } from '../ui/scroll-region';
import { CELL, HEAD_CELL, TABLE } from '../ui/table';

/** The first rows that could not be used, each with its line and what is wrong with it. */
export function DatasetErrors({ report: { errors, rows_bad } }: { report: DatasetReport }) {
  const isPart = errors.length < rows_bad;
  return (
    <Panel id="errors" title={formatCount(rows_bad, 'row cannot be used', 'rows cannot be used')}>
      <div className="px-4 pb-5 sm:px-6">
        {isPart ? <p className="mb-3 text-sm text-soft">These are the first {formatInteger(errors.length)}.</p> : null}
        <ScrollRegion name="Table of the faults" className="max-h-96 rounded-md border border-line">
          <table className={TABLE}>
            <caption className="sr-only">Rows that cannot be used</caption>
            <thead className="sticky top-0">
              <tr>
                <th scope="col" className={`${HEAD_CELL} w-20 text-right`}>
                  Line
                </th>
                <th scope="col" className={`${HEAD_CELL} text-left`}>
                  What is wrong
                </th>
              </tr>
            </thead>
            <tbody>
              {errors.map(({ line, reason }) => (
                <tr key={line}>
                  <th scope="row" className={`${CELL} text-right font-normal`}>
                    {formatInteger(line)}
                  </th>
                  <td className={`${CELL} [overflow-wrap:anywhere]`}>{reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      </div>
    </Panel>
  );
}
