import type { Readable } from 'node:stream';

/** A file that a run left, by its plain name. */
export interface RunFile {
  readonly name: string;
  readonly bytes: number;
}

/** The files of a run that has ended, wherever it ran. */
export interface RunFiles {
  list(): Promise<readonly RunFile[]>;
  read(name: string): Promise<Readable>;
}

export const WEIGHTS = 'adapter_model.safetensors';
export const CONFIG = 'adapter_config.json';

const MOST_FILES = 100;
/** Most bytes of an adapter with all its files: far above those of any rank that is in use. */
export const MOST_BYTES = 20_000_000_000;

const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;
/** Files that run code when they are opened, or may: none of them is ever taken over. */
const PICKLED = /\.(bin|pt|pth|pkl|pickle|ckpt|npy|npz|joblib|py|so|sh)$/i;

/**
 * Chooses what is kept: plain names, no format that runs code, within limits.
 *
 * @throws RangeError with a sentence where an adapter is missing, or there is too much
 */
export function chooseFiles(found: readonly RunFile[]): RunFile[] {
  const chosen = found.filter(({ name }) => PLAIN.test(name) && !PICKLED.test(name));
  if (chosen.length > MOST_FILES)
    throw new RangeError(`the run left ${chosen.length} files, at most ${MOST_FILES} are kept`);
  if (chosen.reduce((sum, { bytes }) => sum + bytes, 0) > MOST_BYTES)
    throw new RangeError('the adapter is larger than 20 GB');
  for (const name of [WEIGHTS, CONFIG]) {
    if (!chosen.some((file) => file.name === name)) throw new RangeError(`the run left no ${name}`);
  }
  return [...chosen].sort((a, b) => (a.name < b.name ? -1 : 1));
}
