import { setImmediate as nextTurn } from 'node:timers/promises';
import { type AdamW, clipping, createAdamW, forgetGradients, gradientNorm } from './adamw.ts';
import { type Batches, createBatches } from './batches.ts';
import { type Losses, type Position, writeCheckpoint } from './checkpoint.ts';
import type { Dataset } from './dataset.ts';
import type { Trained } from './lora.ts';
import type { Order } from './order.ts';
import type { Progress } from './progress.ts';
import type { Random } from './random.ts';
import { learningRate } from './schedule.ts';
import { learnedTokens, type Sequence } from './tokens.ts';
import type { Transformer } from './transformer.ts';

/** The loss is no number any more, or so large that nothing will be learned: going on would only cost money. */
export class Diverged extends Error {}

/** What a run works with; `name` tells its checkpoints from those of other runs. */
export interface Run {
  readonly name: string;
  readonly order: Order;
  readonly data: Dataset;
  readonly model: Transformer;
  readonly optimiser: AdamW;
  readonly batches: Batches;
  readonly totalSteps: number;
  readonly chance: Random;
  readonly progress: Progress;
}

/** Validation looks at this many sequences at most, so that it never takes longer than what it judges. */
const MOST_JUDGED = 256;
/** A model that knows nothing is at ln 264 ≈ 5.6 nats a token; what is this far beyond does not come back. */
const HIGHEST_LOSS = 100;
/** Between two looks at whether somebody wants to stop us, ms. */
const LONGEST_DEAFNESS = 20;

export const trainedOf = (model: Transformer): Trained[] => model.adapters.flatMap(({ a, b }) => [a, b]);

/** Puts together what the settings ask for. */
export function prepareRun(parts: Pick<Run, 'order' | 'data' | 'model' | 'name' | 'chance' | 'progress'>): Run {
  const { settings, totalSteps } = parts.order;
  const size = settings.per_device_train_batch_size * settings.gradient_accumulation_steps;
  const batches = createBatches(parts.data.training, size, settings.seed);
  return {
    ...parts,
    batches,
    optimiser: createAdamW(trainedOf(parts.model), settings.weight_decay),
    totalSteps: totalSteps ?? batches.stepsPerEpoch * settings.num_train_epochs,
  };
}

let lastTurn = 0;

/** Lets signals be heard now and then. */
async function breathe(): Promise<void> {
  if (performance.now() - lastTurn < LONGEST_DEAFNESS) return;
  await nextTurn();
  lastTurn = performance.now();
}

interface Step {
  /** Mean over the learned tokens, nats. */
  readonly loss: number;
  readonly norm: number;
  readonly rate: number;
  readonly tokens: number;
}

/** One step of the optimiser: every sequence of the batch one by one, their gradients added up. */
async function takeStep({ model, optimiser, batches, order, totalSteps }: Run, step: number): Promise<Step> {
  const { settings } = order;
  const parameters = trainedOf(model);
  const sequences = batches.ofStep(step);
  const learned = sequences.reduce((sum, sequence) => sum + learnedTokens(sequence), 0);
  let loss = 0;
  let tokens = 0;
  forgetGradients(parameters);
  for (const sequence of sequences) {
    loss += model.train(sequence, 1 / learned);
    tokens += sequence.tokens.length;
    await breathe();
  }
  const norm = gradientNorm(parameters);
  if (!(loss / learned < HIGHEST_LOSS) || !Number.isFinite(norm)) {
    throw new Diverged(`the loss of step ${step + 1} is ${loss / learned}: try a smaller learning_rate`);
  }
  const schedule = { peak: settings.learning_rate, warmup: settings.warmup_ratio, decay: settings.lr_scheduler_type };
  const rate = learningRate({ ...schedule, total: totalSteps }, step);
  optimiser.step(step + 1, rate, clipping(norm, settings.max_grad_norm));
  for (const adapter of model.adapters) adapter.refresh();
  return { loss: loss / learned, norm, rate, tokens };
}

/** The mean loss over the sequences that were held back, nats a token. */
async function judge(model: Transformer, held: readonly Sequence[]): Promise<number> {
  let loss = 0;
  let learned = 0;
  for (const sequence of held.slice(0, MOST_JUDGED)) {
    loss += model.evaluate(sequence);
    learned += learnedTokens(sequence);
    await breathe();
  }
  return loss / learned;
}

const least = (known: number | null, found: number): number => (known === null ? found : Math.min(known, found));

async function evaluate(run: Run, position: Position): Promise<Position> {
  run.progress.report({ phase: 'evaluation' });
  const loss = await judge(run.model, run.data.validation);
  run.progress.report({ step: position.step, validation_loss: loss });
  const { losses } = position;
  return {
    ...position,
    losses: { ...losses, validation: loss, bestValidation: least(losses.bestValidation, loss) },
  };
}

async function keep({ name, order, model, optimiser, progress }: Run, position: Position): Promise<void> {
  progress.report({ phase: 'checkpoint' });
  await writeCheckpoint(order.checkpointFolder, name, position, model.adapters, optimiser);
  progress.report({ checkpoint: position.step });
}

function told(run: Run, position: Position, { loss, norm, rate, tokens }: Step, seconds: number): void {
  run.progress.report({
    step: position.step,
    total: run.totalSteps,
    epoch: position.step / run.batches.stepsPerEpoch,
    loss,
    learning_rate: rate,
    gradient_norm: norm,
    tokens_per_second: tokens / seconds,
    tokens: position.tokens,
  });
}

const afterStep = (losses: Losses, loss: number): Losses => ({
  ...losses,
  first: losses.first ?? loss,
  final: loss,
  best: least(losses.best, loss),
});

/** Trains from a position to the end, with evaluations and checkpoints on the way; answers where it ended. */
export async function train(run: Run, from: Position): Promise<Position> {
  const { eval_steps, save_steps } = run.order.settings;
  let position = from;
  run.progress.report({ phase: 'training', step: from.step, total: run.totalSteps, tokens: from.tokens });
  while (position.step < run.totalSteps) {
    const began = performance.now();
    const taken = await takeStep(run, position.step);
    position = {
      step: position.step + 1,
      tokens: position.tokens + taken.tokens,
      chance: run.chance.state(),
      losses: afterStep(position.losses, taken.loss),
    };
    told(run, position, taken, (performance.now() - began) / 1000);
    const last = position.step === run.totalSteps;
    const judges = run.data.validation.length > 0 && (last || position.step % eval_steps === 0);
    const keeps = !last && position.step % save_steps === 0;
    if (judges) position = await evaluate(run, position);
    if (keeps) await keep(run, position);
    if ((judges || keeps) && !last) run.progress.report({ phase: 'training' });
  }
  return position;
}
