import type { RunOffer } from '@/domain/context';
import type { Env } from '@/lib/env';
import { readTrainers } from '@/worker/executors/local/trainer-registry';

/**
 * What accounts may run here, as the environment says.
 *
 * @throws EnvError where the list of trainers cannot be read
 */
export function runOffer({ limits, trainersFile }: Pick<Env, 'limits' | 'trainersFile'>): RunOffer {
  return {
    trainers: [...readTrainers(trainersFile).keys()],
    executors: ['local'],
    mostRunning: limits.runningJobs,
    mostQueued: limits.queuedJobs,
  };
}
