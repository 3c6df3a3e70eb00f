import { changeSettings } from '@/domain/accounts/change-settings';
import { deleteAccount } from '@/domain/accounts/delete-account';
import { nameAccounts, readAccountName } from '@/domain/accounts/name-account';
import { charge, record } from '../../../ledger/support';
import { asSystem, asUser, type Flow, fresh, looking } from './flow';

export const ACCOUNT_FLOWS: readonly Flow[] = [
  {
    name: 'changeSettings',
    async prepare(db) {
      const caller = await db.createUser();
      return {
        act: (database) => changeSettings(asUser(db, database, caller), { timezone: 'Europe/Berlin', currency: 'EUR' }),
        look: looking(
          db,
          caller.userId,
          `select (select timezone || ' ' || currency from lora_accounts where user_id = $1) as settings,
             (select count(*)::int from lora_cost_zone_offsets where user_id = $1 and off in (4, 8)) as offsets`,
        ),
        done: { settings: 'Europe/Berlin EUR', offsets: 2 },
      };
    },
  },
  {
    name: 'deleteAccount',
    async prepare(db) {
      const caller = await db.createUser();
      await db.admin.query(
        "insert into lora_notifications (user_id, type, title, message) values ($1, 'job_failed', 'Run', 'It failed.')",
        [caller.userId],
      );
      await record(db, [charge(caller, { source: fresh() }), charge(caller, { source: fresh() })]);
      return {
        act: (database) => deleteAccount(asSystem(db, database), caller.userId),
        look: looking(
          db,
          caller.userId,
          `select (select count(*)::int from auth.users where id = $1) as accounts,
             (select count(*)::int from auth.sessions where user_id = $1) as sessions,
             (select count(*)::int from lora_cost_records where user_id = $1) as charges,
             (select count(*)::int from lora_cost_days where user_id = $1) as days,
             (select count(*)::int from lora_notifications where user_id = $1) as notifications`,
        ),
        done: { accounts: 0, sessions: 0, charges: 0, days: 0, notifications: 0 },
        refusedAgain: 'not_found',
      };
    },
  },
  {
    name: 'nameAccounts',
    async prepare(db) {
      const alias = fresh();
      const names = [alias, `${alias}@example.test`].map(readAccountName);
      return {
        act: (database) => database.asService().transaction((tx) => nameAccounts(tx, names, { create: true })),
        look: looking(
          db,
          alias,
          `select (select count(*)::int from lora_accounts where alias = $1) as aliases,
             (select count(*)::int from auth.users where email = $1 || '@example.test') as addresses`,
        ),
        done: { aliases: 1, addresses: 1 },
      };
    },
  },
];
