import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** Whom a budget of requests belongs to. */
export type LimitScope = 'user' | 'address';

export interface Limiter {
  /** Takes one request from the budget: 0 if there was one left, else the whole seconds until there is. */
  spend(scope: LimitScope, key: string): Promise<number>;
}

const WINDOW_S = 60;
/** Requests a minute; a dashboard with several tabs stays far below, a loop without a pause does not. */
const REQUESTS_PER_WINDOW = { user: 1_200, address: 600 } as const satisfies Record<LimitScope, number>;

/** Budgets per account and per address, kept in this process; `multiplier` scales all of them (tests, big installations). */
export function createLimiter({ multiplier = 1 }: { multiplier?: number } = {}): Limiter {
  const budget = (scope: LimitScope) =>
    new RateLimiterMemory({
      keyPrefix: scope,
      points: Math.max(1, Math.round(REQUESTS_PER_WINDOW[scope] * multiplier)),
      duration: WINDOW_S,
    });
  const budgets = { user: budget('user'), address: budget('address') } satisfies Record<LimitScope, unknown>;

  return {
    async spend(scope, key) {
      try {
        await budgets[scope].consume(key);
        return 0;
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
      }
    },
  };
}
