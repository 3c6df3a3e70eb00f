'use client';

import { useState } from 'react';
import type { JobDetail } from '@/domain/training/schema';
import { formatInteger, formatMeasure } from '@/lib/format';
import { useMetrics } from '../api/job-queries';
import { LoadFailed } from '../api/load-failed';
import { Panel } from '../ui/panel';
import { ScrollRegion } from '../ui/scroll-region';
import { Skeleton } from '../ui/skeleton';
import { CELL, HEAD_CELL, TABLE } from '../ui/table';
import { TableSwitch } from '../ui/table-switch';
import { curveRows, curvesText, lossCurves } from './curves';
import { LossChart } from './loss-chart';

/** How the loss has gone, drawn or as a table. */
export function LossPanel({ job }: { job: JobDetail }) {
  const [isTable, setTable] = useState(false);
  const { data, error, refetch } = useMetrics(job.id, `${job.status}/${job.step}`);
  const curves = data === undefined ? null : lossCurves(data);
  const isEmpty = curves !== null && curves.training.length + curves.validation.length === 0;
  return (
    <Panel
      id="loss"
      title="Loss"
      tools={curves === null || isEmpty ? null : <TableSwitch isTable={isTable} onChange={setTable} />}
    >
      <div className="px-4 pb-5 sm:px-6">
        {error ? <LoadFailed title="The curves could not be read" error={error} onRetry={refetch} /> : null}
        {curves === null && !error ? <Skeleton className="h-60" /> : null}
        {isEmpty ? (
          <p className="grid min-h-40 place-items-center rounded-md border border-dashed border-edge px-4 text-center text-sm text-soft">
            No step has told its loss {job.ended_at === null ? 'yet' : 'in this run'}.
          </p>
        ) : null}
        {curves === null || isEmpty ? null : (
          <>
            {isTable ? (
              <LossTable rows={curveRows(curves)} />
            ) : (
              <LossChart curves={curves} lastStep={job.total_steps} />
            )}
            <p className="mt-3 text-sm text-soft">{curvesText(curves, formatMeasure)}</p>
          </>
        )}
      </div>
    </Panel>
  );
}

const measured = (value: number | null): string => (value === null ? '' : formatMeasure(value));

function LossTable({ rows }: { rows: ReturnType<typeof curveRows> }) {
  return (
    <ScrollRegion name="Table of the loss" className="max-h-80 rounded-md border border-line">
      <table className={TABLE}>
        <caption className="sr-only">Loss by step, newest first</caption>
        <thead className="sticky top-0">
          <tr>
            {['Step', 'Training', 'Validation'].map((name, index) => (
              <th key={name} scope="col" className={`${HEAD_CELL} ${index === 0 ? 'text-left' : 'text-right'}`}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ step, training, validation }) => (
            <tr key={step}>
              <th scope="row" className={`${CELL} text-left font-normal`}>
                {formatInteger(step)}
              </th>
              <td className={`${CELL} text-right`}>{measured(training)}</td>
              <td className={`${CELL} text-right`}>{measured(validation)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}
