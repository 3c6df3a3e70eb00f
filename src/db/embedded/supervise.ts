import type { Logger } from '@/lib/log';
import type { Home } from './home';
import { isServing, type Postmaster } from './postmaster';

const LOOK_EVERY_MS = 200;
const LONGEST_PAUSE_MS = 5000;

/**
 * Looks every 200 ms whether the server still lives, and restarts it until it does. Does not keep the process alive.
 * `end` waits for a restart that is under way.
 */
export function supervise(options: {
  home: Home;
  log: Logger;
  current: () => Postmaster;
  restart: () => Promise<void>;
}): { end(): Promise<void> } {
  const { home, log } = options;
  let ended = false;
  let timer: NodeJS.Timeout;
  let look: Promise<void> = Promise.resolve();

  const lookOnce = async (pause: number): Promise<number> => {
    if (isServing(home, options.current().pid)) return LOOK_EVERY_MS;
    log.error({ pid: options.current().pid }, 'the database has died; starting it again');
    try {
      await options.restart();
      log.info({ pid: options.current().pid }, 'the database is back');
      return LOOK_EVERY_MS;
    } catch (error) {
      log.error({ error }, 'the database could not be started again; trying once more soon');
      return Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  };
  const plan = (pause: number) => {
    timer = setTimeout(() => {
      look = lookOnce(pause).then((next) => {
        if (!ended) plan(next);
      });
    }, pause);
    timer.unref();
  };
  plan(LOOK_EVERY_MS);
  return {
    end: async () => {
      ended = true;
      clearTimeout(timer);
      await look;
    },
  };
}
