import type { Role } from '../expectations';
import { ANNA, BEN, GONE } from './accounts';

/** Who tries: a role of the database and the claims that a verified credential would have put beside it. */
export interface Principal {
  readonly name: string;
  readonly role: Role | 'administrator';
  /** The account that asks, for the role authenticated. */
  readonly user?: string;
  readonly session?: string;
  /** The database has to turn this caller away before anything else. */
  readonly over?: true;
}

export const ADMINISTRATOR: Principal = { name: 'the administrator', role: 'administrator' };

/** Everybody who may come, in the order in which the rights narrow. */
export const PRINCIPALS: readonly Principal[] = [
  ADMINISTRATOR,
  { name: 'the service', role: 'service_role' },
  { name: 'the keeper of the ledger', role: 'ledger_keeper' },
  { name: 'the owner of the tables', role: 'pipeline_owner' },
  { name: 'the account itself', role: 'authenticated', user: ANNA.user, session: ANNA.liveSession },
  { name: 'another account', role: 'authenticated', user: BEN.user, session: BEN.liveSession },
  {
    name: 'the account, its session over',
    role: 'authenticated',
    user: ANNA.user,
    session: ANNA.overSession,
    over: true,
  },
  { name: 'the account, signed out', role: 'authenticated', user: ANNA.user, session: GONE, over: true },
  {
    name: "the account with another's session",
    role: 'authenticated',
    user: ANNA.user,
    session: BEN.liveSession,
    over: true,
  },
  { name: 'a deleted account', role: 'authenticated', user: GONE, over: true },
  { name: 'an account without claims', role: 'authenticated', over: true },
  { name: 'nobody', role: 'anon' },
  { name: 'the login of requests, without a role', role: 'pipeline_app' },
  { name: 'the login of the worker, without a role', role: 'pipeline_worker' },
];

/** The claims as the product's sessions write them. */
export function claimsOf({ user, session }: Principal): string {
  if (user === undefined) return '';
  return JSON.stringify({
    sub: user,
    role: 'authenticated',
    ...(session === undefined ? {} : { session_id: session }),
  });
}
