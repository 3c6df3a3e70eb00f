import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { AdamW } from './adamw.ts';
import { syncFolder, writeWhole } from './files.ts';
import type { Adapter } from './lora.ts';
import { readSafetensors, type Tensor, writeSafetensors } from './safetensors.ts';

/** What a run knows beside its numbers; with them, all that is needed to go on as if nothing had happened. */
export interface Position {
  /** Steps that are done; which sequences come next follows from it and the seed. */
  readonly step: number;
  /** Tokens that were trained on. */
  readonly tokens: number;
  /** The state of the generator that decides what dropout leaves out. */
  readonly chance: readonly number[];
  readonly losses: Losses;
}

/** Losses that the summary names, nats a token; null before there is one. */
export interface Losses {
  readonly first: number | null;
  readonly final: number | null;
  readonly best: number | null;
  readonly validation: number | null;
  readonly bestValidation: number | null;
}

const STATE = 'state.json';
const NUMBERS = 'state.safetensors';
const NAME = /^step-(\d{1,10})$/;
/** Older ones are removed: the one before the last stays, should the last one's disk fail. */
const KEPT = 2;

/** Everything that changes while training, under names of its own. */
function numbersOf(adapters: readonly Adapter[], optimiser: AdamW): { name: string; data: Float32Array }[] {
  const values = adapters.flatMap(({ path: module, a, b }) => [
    { name: `${module}.lora_A`, data: a.value.data },
    { name: `${module}.lora_B`, data: b.value.data },
  ]);
  return values.flatMap(({ name, data }, at) => [
    { name: `${name}.value`, data: data as Float32Array },
    { name: `${name}.mean`, data: optimiser.moments[at].first as Float32Array },
    { name: `${name}.square`, data: optimiser.moments[at].second as Float32Array },
  ]);
}

const stepOf = (folder: string): number => Number(NAME.exec(folder)?.[1] ?? -1);

async function newestFirst(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => NAME.test(name)).sort((a, b) => stepOf(b) - stepOf(a));
}

/** Writes a checkpoint beside the others; under its name it is complete. `run` says what the checkpoint is of. */
export async function writeCheckpoint(
  folder: string,
  run: string,
  position: Position,
  adapters: readonly Adapter[],
  optimiser: AdamW,
): Promise<void> {
  const whole = path.join(folder, `step-${position.step}`);
  const unfinished = `${whole}.part`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  const tensors: Tensor[] = numbersOf(adapters, optimiser).map((each) => ({ ...each, shape: [each.data.length] }));
  await writeWhole(path.join(unfinished, NUMBERS), writeSafetensors(tensors, {}));
  await writeWhole(path.join(unfinished, STATE), JSON.stringify({ run, ...position }));
  await rm(whole, { recursive: true, force: true });
  await rename(unfinished, whole);
  await syncFolder(folder);
  for (const old of (await newestFirst(folder)).slice(KEPT)) {
    await rm(path.join(folder, old), { recursive: true, force: true });
  }
}

/**
 * Puts a run back to where a checkpoint was written: `from` is one, or a folder of them.
 *
 * @throws Error with a sentence where it is missing, damaged, or of a run with other settings or rows
 */
export async function resume(
  from: string,
  run: string,
  adapters: readonly Adapter[],
  optimiser: AdamW,
): Promise<Position> {
  const [newest] = await newestFirst(from);
  const folder = newest === undefined ? from : path.join(from, newest);
  const state = JSON.parse(await readFile(path.join(folder, STATE), 'utf8')) as Position & { run: string };
  if (state.run !== run) throw new Error('it is of a run with other settings or other rows');
  const stored = readSafetensors(await readFile(path.join(folder, NUMBERS)));
  const numbers = numbersOf(adapters, optimiser);
  for (const { name, data } of numbers) {
    if (stored.get(name)?.length !== data.length) throw new Error(`its ${name} is not as long as it should be`);
  }
  for (const { name, data } of numbers) data.set(stored.get(name) ?? []);
  for (const adapter of adapters) adapter.refresh();
  return state;
}
