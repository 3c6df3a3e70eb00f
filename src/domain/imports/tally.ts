import type { LineCharge } from '@/domain/imports/line-charges';
import type { Posted } from '@/domain/imports/schema';
import { addMoney, formatMoney, type Money, parseMoney, ZERO } from '@/lib/money';

/** What was posted of one cost type in one currency. */
export interface TypeSum {
  readonly currency: string;
  readonly costType: string;
  /** Exact, ten decimals. */
  readonly amount: string;
}

/** Counts lines and charges and adds up money, exactly, by currency and cost type. */
export class Tally {
  lines: number;
  charges: number;
  jobs: number;
  accounts: number;
  readonly #sums: Map<string, Money>;

  constructor(posted: Posted) {
    this.lines = posted.lines;
    this.charges = posted.charges;
    this.jobs = posted.jobs;
    this.accounts = posted.accounts;
    this.#sums = new Map(Object.entries(posted.sums).map(([key, amount]) => [key, parseMoney(amount)]));
  }

  /** Another one that counts on from here. */
  copy(): Tally {
    return new Tally(this.toPosted());
  }

  add(charges: readonly Pick<LineCharge, 'currency' | 'costType' | 'amount'>[]): void {
    this.charges += charges.length;
    for (const { currency, costType, amount } of charges) {
      const key = `${currency} ${costType}`;
      this.#sums.set(key, addMoney(this.#sums.get(key) ?? ZERO, amount));
    }
  }

  toPosted(): Posted {
    const { lines, charges, jobs, accounts } = this;
    return { lines, charges, jobs, accounts, sums: Object.fromEntries(this.#sorted()) };
  }

  sums(): TypeSum[] {
    return this.#sorted().map(([key, amount]) => ({ currency: key.slice(0, 3), costType: key.slice(4), amount }));
  }

  #sorted(): [string, string][] {
    return [...this.#sums]
      .map(([key, amount]): [string, string] => [key, formatMoney(amount)])
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }
}
