import type { Caller } from '@/db/session';
import type { SystemCtx, UserCtx } from '@/domain/context';
import type { NewCharge } from '@/domain/ledger/charge';
import { readCosts } from '@/domain/ledger/read-costs';
import { recordCharges } from '@/domain/ledger/record-charges';
import type { CostsAnswer } from '@/domain/ledger/schema';
import { costsQuery } from '@/domain/ledger/schema';
import { createLogger } from '@/lib/log';
import { parseMoney } from '@/lib/money';
import type { TestDatabase } from '../support/database';

const log = createLogger({ level: 'silent' });

/** A clock that stands still until it is moved. */
export function manualClock(start: string) {
  let now = new Date(start);
  return {
    now: () => now,
    monotonicMs: () => now.getTime(),
    set: (text: string | number) => {
      now = new Date(text);
    },
  };
}
export type ManualClock = ReturnType<typeof manualClock>;

export const systemCtx = ({ database }: TestDatabase, clock: ManualClock, timeoutMs = 60_000): SystemCtx => ({
  session: database.asService({ timeoutMs }),
  clock,
  log,
});

export const userCtx = ({ database }: TestDatabase, caller: Caller, clock: ManualClock): UserCtx => ({
  userId: caller.userId,
  email: caller.email,
  session: database.asUser(caller),
  service: database.asService(),
  clock,
  log,
});

let serial = 0;

/** A final charge of one dollar with a source of its own, but for what is given. */
export function charge(
  caller: Caller,
  given: Partial<Omit<NewCharge, 'amount'>> & { amount?: string } = {},
): NewCharge {
  const { amount = '1', ...rest } = given;
  serial += 1;
  return {
    userId: caller.userId,
    jobId: null,
    source: `test:${serial}`,
    costType: 'compute',
    phase: null,
    recordedAt: new Date('2026-06-15T12:00:00Z'),
    currency: 'USD',
    state: 'final',
    details: null,
    tags: {},
    ...rest,
    amount: parseMoney(amount),
  };
}

/** With the patience of a machine that runs other tests too. */
export const record = (db: TestDatabase, charges: readonly NewCharge[]) =>
  db.database.asService({ timeoutMs: 60_000 }).transaction((tx) => recordCharges(tx, charges));

/** GET /api/costs without HTTP; parameters as they stand in the address. */
export async function costs(ctx: UserCtx, query: Record<string, string> = {}): Promise<CostsAnswer> {
  const { data } = await readCosts(ctx, costsQuery.parse(query));
  if (!data) throw new Error('an answer without known tags has data');
  return data;
}
