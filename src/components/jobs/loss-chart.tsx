'use client';

import { formatInteger, formatMeasure } from '@/lib/format';
import { useWidth } from '../ui/use-width';
import { type Box, type Curves, lossMarks, pathOf, scaleOf } from './curves';

const HEIGHT = 240;
const EDGES = { top: 10, right: 8, bottom: 24, left: 48 };
const STEP_MARKS = 4;

/** Both curves; the words below and the table have the same numbers. */
export function LossChart({ curves, lastStep }: { curves: Curves; lastStep: number | null }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  return (
    <div>
      <Legend curves={curves} />
      <div ref={ref} style={{ height: HEIGHT }}>
        {width === 0 ? null : <Drawing curves={curves} lastStep={lastStep} box={{ ...EDGES, width, height: HEIGHT }} />}
      </div>
    </div>
  );
}

function Drawing({ curves, lastStep, box }: { curves: Curves; lastStep: number | null; box: Box }) {
  const { training, validation } = curves;
  const all = [...training, ...validation];
  const steps = Math.max(lastStep ?? 0, ...[training.at(-1), validation.at(-1)].map((point) => point?.[0] ?? 0), 1);
  const marks = lossMarks(all.map(([, value]) => value));
  const scale = scaleOf(box, steps, marks);
  const stepMarks = [
    ...new Set(Array.from({ length: STEP_MARKS + 1 }, (_, at) => Math.round((steps * at) / STEP_MARKS))),
  ];
  const end = box.width - box.right;
  return (
    <svg
      role="img"
      aria-label="Loss by step; said in words below, and in full in the table"
      width={box.width}
      height={box.height}
      className="block text-xs"
    >
      {marks.map((mark) => (
        <g key={mark}>
          <line x1={box.left} x2={end} y1={scale.y(mark)} y2={scale.y(mark)} className="chart-line" />
          <text x={box.left - 8} y={scale.y(mark)} dy="0.32em" textAnchor="end" className="fill-soft">
            {formatMeasure(mark, 3)}
          </text>
        </g>
      ))}
      {stepMarks.map((step) => (
        <text
          key={step}
          x={scale.x(step)}
          y={box.height - 6}
          textAnchor={step === 0 ? 'start' : step === steps ? 'end' : 'middle'}
          className="fill-soft"
        >
          {formatInteger(step)}
        </text>
      ))}
      <path d={pathOf(training, scale)} className="chart-curve" />
      <path d={pathOf(validation, scale)} className="chart-curve-second" />
      {[training.at(-1)].map((point) =>
        point === undefined ? null : (
          <circle key="training" cx={scale.x(point[0])} cy={scale.y(point[1])} r={3} className="chart-bar" />
        ),
      )}
      {validation.map(([step, value]) => (
        <circle key={step} cx={scale.x(step)} cy={scale.y(value)} r={3} className="chart-bar-chosen" />
      ))}
    </svg>
  );
}

function Legend({ curves }: { curves: Curves }) {
  return (
    <ul aria-hidden="true" className="mb-2 flex flex-wrap gap-x-5 text-xs text-soft">
      <li className="flex items-center gap-2">
        <svg aria-hidden="true" width="24" height="8">
          <path d="M0 4H24" className="chart-curve" />
        </svg>
        Training
      </li>
      {curves.validation.length > 0 ? (
        <li className="flex items-center gap-2">
          <svg aria-hidden="true" width="24" height="8">
            <path d="M0 4H24" className="chart-curve-second" />
            <circle cx="12" cy="4" r="3" className="chart-bar-chosen" />
          </svg>
          Validation
        </li>
      ) : null}
    </ul>
  );
}
