import type { ServiceSession, UserSession } from '@/db/session';
import type { Clock } from '@/lib/clock';
import type { UserId } from '@/lib/ids';
import type { Logger } from '@/lib/log';

/** What a verb gets that acts for one account: its session sees and writes only what row level security allows it. */
export type UserCtx = {
  readonly userId: UserId;
  readonly email: string | null;
  readonly session: UserSession;
  /** For the few writes that accounts may not make themselves; every query through it names the user. */
  readonly service: ServiceSession;
  readonly clock: Clock;
  readonly log: Logger;
};

/** What a verb gets that acts for the product itself: workers, commands, and routes without a caller. */
export type SystemCtx = {
  readonly session: ServiceSession;
  readonly clock: Clock;
  readonly log: Logger;
};
