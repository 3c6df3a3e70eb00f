export const PERIODS = ['week', 'month', 'year'] as const;
export type Period = (typeof PERIODS)[number];

/** Everything the address says about what is shown. The server checks the values; here they are only carried. */
export interface CostView {
  period: Period;
  /** A range of days; either end may be open. Where it is there, it counts instead of the period. */
  range: { start: string | null; end: string | null } | null;
  /** Null: the person's own setting. */
  currency: string | null;
  timezone: string | null;
  shown: 'chart' | 'table';
}

const isPeriod = (text: string | null): text is Period => PERIODS.some((period) => period === text);

/** Reads the view from an address; a period that does not exist is the month. */
export function readView(params: URLSearchParams): CostView {
  const period = params.get('period');
  const start = params.get('start_date');
  const end = params.get('end_date');
  return {
    period: isPeriod(period) ? period : 'month',
    range: start || end ? { start, end } : null,
    currency: params.get('currency'),
    timezone: params.get('timezone'),
    shown: params.get('shown') === 'table' ? 'table' : 'chart',
  };
}

function rangeParams(view: CostView): [string, string | null][] {
  return view.range
    ? [
        ['start_date', view.range.start],
        ['end_date', view.range.end],
      ]
    : [['period', view.period]];
}

const given = (pairs: [string, string | null][]): string =>
  new URLSearchParams(pairs.filter((pair): pair is [string, string] => pair[1] !== null)).toString();

/** The address of a view. */
export function viewHref(view: CostView): string {
  const query = given([
    ...rangeParams(view),
    ['currency', view.currency],
    ['timezone', view.timezone],
    ['shown', view.shown === 'table' ? 'table' : null],
  ]);
  return `/?${query}`;
}

/** The question to the API behind a view; `zone` is where the view names none. */
export function costsPath(view: CostView, zone: string): string {
  const query = given([
    ...rangeParams(view),
    ['currency', view.currency],
    ['timezone', view.timezone ?? zone],
    ['granularity', 'day'],
    ['fill', 'zero'],
    ['limit', '0'],
  ]);
  return `/api/costs?${query}`;
}
