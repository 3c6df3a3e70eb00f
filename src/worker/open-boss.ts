import { type ConstructorOptions, PgBoss } from 'pg-boss';
import { QUEUE_SCHEMA } from '@/db/migrate';
import type { Logger } from '@/lib/log';

export interface BossOptions {
  readonly workerUrl: string;
  readonly log: Logger;
  /** How its connections are called in the database. */
  readonly name: string;
  /** Most connections. */
  readonly connections: number;
  /** Whether it also looks after the queues: what expired is tried again, what is over is deleted. */
  readonly supervises: boolean;
  /** Whether it sends what is due by the clock. */
  readonly schedules: boolean;
}

/** The queue library over the worker's login, in its role. The caller starts and stops it. */
export function openBoss({ workerUrl, log, name, connections, supervises, schedules }: BossOptions): PgBoss {
  // `options` is what the driver sends when it connects; the library passes it on without naming it
  const settings: ConstructorOptions & { options: string } = {
    connectionString: workerUrl,
    options: '-c role=service_role',
    application_name: name,
    schema: QUEUE_SCHEMA,
    max: connections,
    supervise: supervises,
    schedule: schedules,
    // the owner makes and upgrades the tables (migrate); this login only uses them
    migrate: false,
    createSchema: false,
    reindex: false,
    monitorVacuum: false,
  };
  const boss = new PgBoss(settings);
  boss.on('error', (error) => log.warn({ error }, 'the background queue met an error and goes on'));
  boss.on('warning', (warning) => log.warn({ warning }, 'the background queue warns'));
  return boss;
}
