const SHAPE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?\+00:00$/;

/**
 * Whether a text is an instant as the database writes one (`2026-01-31T12:00:00.123456+00:00`), and one that exists:
 * `Date.parse` alone takes 30 February for 1 March and knows a year 0, which Postgres refuses.
 */
export function isDatabaseInstant(text: string): boolean {
  if (!SHAPE.test(text) || text.startsWith('0000')) return false;
  const date = new Date(text);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 19) === text.slice(0, 19);
}
