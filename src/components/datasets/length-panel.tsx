'use client';

import { useState } from 'react';
import type { DatasetReport } from '@/domain/datasets/schema';
import { formatInteger } from '@/lib/format';
import { Panel } from '../ui/panel';
import { ScrollRegion } from '../ui/scroll-region';
import { CELL, HEAD_CELL, TABLE } from '../ui/table';
import { TableSwitch } from '../ui/table-switch';
import { useWidth } from '../ui/use-width';
import { type LengthBar, lengthBars } from './length-bars';

/** How long the rows are, drawn or as a table. */
export function LengthPanel({ report }: { report: DatasetReport }) {
  const [isTable, setTable] = useState(false);
  const bars = lengthBars(report.lengths);
  const [longest] = [...bars].sort((a, b) => b.rows - a.rows);
  return (
    <Panel id="lengths" title="Length of the rows" tools={<TableSwitch isTable={isTable} onChange={setTable} />}>
      <div className="px-4 pb-5 sm:px-6">
        {isTable ? <LengthTable bars={bars} /> : <LengthChart bars={bars} />}
        {longest ? (
          <p className="mt-2 text-sm text-soft">
            Most rows ({formatInteger(longest.rows)}) have {longest.label} tokens; the longest has{' '}
            {formatInteger(report.longest)}. What is longer than a run’s max_length is cut.
          </p>
        ) : null}
      </div>
    </Panel>
  );
}

const HEIGHT = 180;
const TOP = 18;
const BOTTOM = 22;
const MARK_GAP = 90;
const MOST_PLACE = 140;

function LengthChart({ bars }: { bars: readonly LengthBar[] }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const place = Math.min(MOST_PLACE, width / Math.max(1, bars.length));
  const every = Math.max(1, Math.ceil(MARK_GAP / Math.max(1, place)));
  const room = HEIGHT - TOP - BOTTOM;
  const base = HEIGHT - BOTTOM;
  return (
    <div ref={ref} style={{ height: HEIGHT }}>
      {width === 0 ? null : (
        <svg
          role="img"
          aria-label="Rows by their length in tokens; the table has the same numbers"
          width={width}
          height={HEIGHT}
          className="block text-xs"
        >
          {bars.map(({ label, rows, height }, index) => (
            <g key={label}>
              <rect
                className="chart-bar"
                x={index * place + Math.min(4, place * 0.1)}
                y={base - height * room}
                width={Math.max(1, place - 2 * Math.min(4, place * 0.1))}
                height={height * room}
              >
                <title>{`${label} tokens: ${formatInteger(rows)} rows`}</title>
              </rect>
              {index % every === 0 ? (
                <text x={index * place + 4} y={HEIGHT - 6} className="fill-soft">
                  {label}
                </text>
              ) : null}
            </g>
          ))}
          <line x1={0} x2={width} y1={base} y2={base} className="chart-zero" />
        </svg>
      )}
    </div>
  );
}

function LengthTable({ bars }: { bars: readonly LengthBar[] }) {
  return (
    <ScrollRegion name="Table of the lengths" className="max-h-96 rounded-md border border-line">
      <table className={TABLE}>
        <caption className="sr-only">Rows by their length</caption>
        <thead className="sticky top-0">
          <tr>
            {['Tokens of a row', 'Rows', 'Tokens together'].map((name, index) => (
              <th key={name} scope="col" className={`${HEAD_CELL} ${index === 0 ? 'text-left' : 'text-right'}`}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {bars.map(({ label, rows, tokens }) => (
            <tr key={label}>
              <th scope="row" className={`${CELL} text-left font-normal`}>
                {label}
              </th>
              <td className={`${CELL} text-right`}>{formatInteger(rows)}</td>
              <td className={`${CELL} text-right`}>{formatInteger(tokens)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}
