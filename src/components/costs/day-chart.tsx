'use client';

import { type KeyboardEvent, type PointerEvent, useId, useState } from 'react';
import { formatCount } from '@/lib/format';
import { useWidth } from '../ui/use-width';
import { daysPerColumn, moveByKey } from './chart-scale';
import { DayBars, dayCentre, PLOT, plotWidth } from './day-bars';
import type { DayValue } from './day-values';

/**
 * One bar per day. To the keyboard and to screen readers it is a slider over the days: arrows go from day to day, and
 * each stop says its date and amount. The pointer shows the same words.
 */
export function DayChart({ days, currency }: { days: readonly DayValue[]; currency: string }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const [chosen, setChosen] = useState<number | null>(null);
  const hint = useId();
  const last = days.length - 1;
  const index = Math.min(chosen ?? last, last);
  const day = days[index];
  if (day === undefined) return null;

  function chooseByKey(event: KeyboardEvent) {
    if (event.key === 'Escape') return setChosen(null);
    const to = moveByKey(event.key, index, days.length);
    if (to === null || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    setChosen(to);
  }

  function chooseByPointer(event: PointerEvent<HTMLElement>) {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
    const at = Math.floor((x / plotWidth(width)) * days.length);
    setChosen(Math.min(last, Math.max(0, at)));
  }

  const perColumn = daysPerColumn(days.length, plotWidth(width));
  return (
    <div>
      <div ref={ref} className="relative" style={{ height: PLOT.height }}>
        {width > 0 ? (
          <DayBars days={days} currency={currency} width={width} chosen={chosen === null ? null : index} />
        ) : null}
        <div
          role="slider"
          tabIndex={0}
          aria-label="Cost per day"
          aria-describedby={hint}
          aria-orientation="horizontal"
          aria-valuemin={1}
          aria-valuemax={days.length}
          aria-valuenow={index + 1}
          aria-valuetext={`${day.label}: ${day.shown}`}
          className="absolute touch-pan-y"
          style={{ left: PLOT.left, right: PLOT.right, top: 0, bottom: 0 }}
          onKeyDown={chooseByKey}
          onFocus={(event) => event.target.matches(':focus-visible') && setChosen(index)}
          onBlur={() => setChosen(null)}
          onPointerDown={chooseByPointer}
          onPointerMove={chooseByPointer}
          onPointerLeave={() => setChosen(null)}
        />
        {chosen === null ? null : <DayTip day={day} x={dayCentre(index, days.length, width)} width={width} />}
      </div>
      <p id={hint} className="sr-only">
        Arrow keys go from day to day, Page Up and Page Down by a week, Home and End to the first and the last day.
      </p>
      {perColumn > 1 ? (
        <p className="mt-1 text-xs text-soft">
          Each column is the most expensive of {formatCount(perColumn, 'day')}; the table has every day.
        </p>
      ) : null}
    </div>
  );
}

/** The words at a bar; it turns to the other side before it would leave the drawing. */
function DayTip({ day, x, width }: { day: DayValue; x: number; width: number }) {
  const side = x > width / 2 ? { right: width - x + 10 } : { left: x + 10 };
  return (
    <div
      aria-hidden="true"
      className="pointer-events-none absolute top-1 z-10 max-w-56 rounded-md border border-line bg-panel px-3 py-2 text-sm shadow-raised"
      style={side}
    >
      <div className="text-xs text-soft">{day.label}</div>
      <div className="font-semibold">{day.shown}</div>
      <div className="text-xs text-soft">{day.exact}</div>
    </div>
  );
}
