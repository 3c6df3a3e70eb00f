/** Whether the whole numbers are asked for, as by `npm run test:faults`. */
const IS_FULL = process.env.FAULTS === 'full';

/** How many trials: few as part of `npm test`, many where somebody asks for them. */
export const trials = ({ short, full }: { short: number; full: number }): number => (IS_FULL ? full : short);

/** The seed of a run's random choices; FAULT_SEED repeats one. */
export const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 2 ** 31);
