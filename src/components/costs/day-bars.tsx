import { formatDayMark, formatMonthMark, formatScale } from '@/lib/format';
import { columnsOf, dateMarks, roundMarks } from './chart-scale';
import type { DayValue } from './day-values';

/** Where the drawing is inside its box, in px. */
export const PLOT = { height: 232, top: 10, bottom: 26, left: 52, right: 2 };

const MAX_BAR = 44;
const MARK_GAP = 76;

/** The middle of a day's place, in px from the left of the drawing. */
export const dayCentre = (index: number, count: number, width: number): number =>
  PLOT.left + ((index + 0.5) * plotWidth(width)) / count;

/** The width of the part that holds the bars. */
export const plotWidth = (width: number): number => Math.max(1, width - PLOT.left - PLOT.right);

interface DayBarsProps {
  days: readonly DayValue[];
  currency: string;
  width: number;
  /** Index of the day that is read out now. */
  chosen: number | null;
}

/** The drawing alone: hidden from screen readers, which get the same values from the slider and the table. */
export function DayBars({ days, currency, width, chosen }: DayBarsProps) {
  const inner = plotWidth(width);
  const marks = roundMarks(days.map((day) => day.height));
  const [low = 0, high = 0] = [marks[0], marks.at(-1)];
  const bottom = PLOT.height - PLOT.bottom;
  const y = (value: number) => bottom - ((value - low) / (high - low || 1)) * (bottom - PLOT.top);
  const place = inner / Math.max(1, days.length);

  const bars = columnsOf(
    days.map((day) => day.height),
    inner,
  ).map((column) => {
    const room = place * (column.last - column.first + 1);
    // Thin columns touch: a gap would take more than it shows.
    const bar = room < 3 ? room : Math.min(MAX_BAR, room - Math.max(1, room * 0.22));
    const x = PLOT.left + column.first * place + (room - bar) / 2;
    const tip =
      column.amount === 0
        ? y(0)
        : column.amount > 0
          ? Math.min(y(column.amount), y(0) - 1)
          : Math.max(y(column.amount), y(0) + 1);
    const isChosen = chosen !== null && column.first <= chosen && chosen <= column.last;
    return { d: `M${x} ${y(0)}V${tip}H${x + bar}V${y(0)}Z`, isChosen };
  });
  const path = (isChosen: boolean) =>
    bars
      .filter((bar) => bar.isChosen === isChosen)
      .map((bar) => bar.d)
      .join('');

  return (
    <svg aria-hidden="true" width={width} height={PLOT.height} className="block text-xs">
      {marks.map((mark) => (
        <g key={mark}>
          <line x1={PLOT.left} x2={width - PLOT.right} y1={y(mark)} y2={y(mark)} className="chart-line" />
          <text x={PLOT.left - 8} y={y(mark)} dy="0.32em" textAnchor="end" className="fill-soft">
            {formatScale(mark, currency)}
          </text>
        </g>
      ))}
      {chosen === null ? null : (
        <line
          x1={dayCentre(chosen, days.length, width)}
          x2={dayCentre(chosen, days.length, width)}
          y1={PLOT.top}
          y2={bottom}
          className="chart-zero"
          strokeDasharray="2 3"
        />
      )}
      <path d={path(false)} className="chart-bar" />
      <path d={path(true)} className="chart-bar-chosen" />
      <line x1={PLOT.left} x2={width - PLOT.right} y1={y(0)} y2={y(0)} className="chart-zero" />
      <DateMarks days={days} width={width} />
    </svg>
  );
}

function DateMarks({ days, width }: { days: readonly DayValue[]; width: number }) {
  const dates = days.map((day) => day.date);
  return dateMarks(dates, plotWidth(width), MARK_GAP).map(({ index, kind }) => {
    const date = dates[index] ?? '';
    const x = dayCentre(index, days.length, width);
    const anchor = x > width - 30 ? 'end' : x < PLOT.left + 20 ? 'start' : 'middle';
    return (
      <text key={date} x={x} y={PLOT.height - 6} textAnchor={anchor} className="fill-soft">
        {kind === 'day' ? formatDayMark(date) : formatMonthMark(date)}
      </text>
    );
  });
}
