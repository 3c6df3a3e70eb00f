/** What a file brings: measured usage that is priced here, or charges that somebody has priced already. */
export type ImportKind = 'usage' | 'charges';

/** The columns of each kind, in the order in which they are explained. */
export const COLUMNS = {
  usage: [
    'external_id',
    'user',
    'started_at',
    'ended_at',
    'duration_s',
    'units',
    'unit_price',
    'unit',
    'job',
    'cost_type',
    'phase',
    'currency',
    'tags',
    'details',
  ],
  charges: [
    'external_id',
    'user',
    'recorded_at',
    'cost_type',
    'amount',
    'job',
    'currency',
    'details',
    'billing_period',
    'tags',
  ],
} as const satisfies Record<ImportKind, readonly string[]>;

/** A column of one of the kinds. */
export type Column = (typeof COLUMNS)[ImportKind][number];

/** Where one of a group is there, the group is satisfied. */
export const REQUIRED: Record<ImportKind, readonly (readonly Column[])[]> = {
  usage: [['external_id'], ['user'], ['started_at'], ['ended_at', 'duration_s'], ['units'], ['unit_price']],
  charges: [['external_id'], ['user'], ['recorded_at'], ['cost_type'], ['amount']],
};

/** Whether `name` is a column of this kind. */
export const isColumn = (kind: ImportKind, name: string): name is Column =>
  (COLUMNS[kind] as readonly string[]).includes(name);
