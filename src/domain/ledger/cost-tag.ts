import { createHash } from 'node:crypto';

/** What an answer of costs depends on: nothing else can change it. */
export interface CostTag {
  /** The user's cost version; every write that an answer could show moves it. */
  readonly version: string;
  /** Changes when the database is restored, so that a version counted twice is not mistaken. */
  readonly epoch: string;
  /** Hash of the parameters. */
  readonly query: string;
  /** The last millisecond at which the answer stays true without any write; infinite where time alone changes nothing. */
  readonly until: number;
}

/** A short hash of parameters, in the order of their names. */
export function hashQuery(parameters: object): string {
  const sorted = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('base64url').slice(0, 16);
}

export const writeCostTag = ({ version, epoch, query, until }: CostTag): string =>
  [version, epoch, query, Number.isFinite(until) ? until : 'always'].join('.');

/** Reads a tag back, or null where it is not one of ours. */
export function readCostTag(text: string): CostTag | null {
  const match = /^(\d+)\.([0-9a-z]+)\.([\w-]{16})\.(-?\d+|always)$/.exec(text);
  if (!match) return null;
  const [, version = '', epoch = '', query = '', until = ''] = match;
  return { version, epoch, query, until: until === 'always' ? Number.POSITIVE_INFINITY : Number(until) };
}
