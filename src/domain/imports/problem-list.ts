import type { Problem } from '@/domain/imports/line-fault';

/** The most problems that are kept to be shown; all are counted. */
export const MOST_PROBLEMS = 1_000;

/** Bad lines: all counted, the first ones kept. */
export class ProblemList {
  #count = 0;
  #kept: Problem[] = [];

  get count(): number {
    return this.#count;
  }

  /** The first problems in the order of lines. */
  get kept(): readonly Problem[] {
    return this.#kept;
  }

  /** Problems must be added in the order of lines. */
  add(problem: Problem): void {
    this.#count++;
    if (this.#kept.length < MOST_PROBLEMS) this.#kept.push(problem);
  }

  /** Joins problems found elsewhere, of which `count` exist and the first ones are given. */
  merge(count: number, first: readonly Problem[]): void {
    this.#count += count;
    this.#kept = [...this.#kept, ...first].sort((a, b) => a.line - b.line).slice(0, MOST_PROBLEMS);
  }
}
