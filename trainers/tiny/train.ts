// A trainer for small machines: `node train.ts` in a folder with an order.json. README.md says what it is.
import { createHash } from 'node:crypto';
import { writeAdapter } from './adapter-files.ts';
import { drawBaseModel } from './base-model.ts';
import { type Position, resume } from './checkpoint.ts';
import { BadData, type Dataset, loadDataset } from './dataset.ts';
import { fastArithmetic } from './matmul.ts';
import { type Order, readOrder } from './order.ts';
import { openProgress, type Progress } from './progress.ts';
import { randomFor } from './random.ts';
import { BASE_MODEL, TINY } from './shape.ts';
import { Diverged, prepareRun, type Run, train, trainedOf } from './training.ts';
import { createTransformer } from './transformer.ts';

const EXIT = { badOrder: 1, badData: 2, diverged: 3, stopped: 143 } as const;
/** Room for the model with adapters of the largest rank; the system only backs what is used. */
const MEMORY_BYTES = 128 * 1024 * 1024;

const AT_THE_BEGINNING = { first: null, final: null, best: null, validation: null, bestValidation: null };

function describe({ rows, skipped, shortened, training, validation }: Dataset, progress: Progress): void {
  progress.log(`${rows} rows: ${training.length} sequences to learn from, ${validation.length} to judge by`);
  if (skipped > 0) progress.log(`${skipped} rows were skipped: they are no examples of this format`);
  if (shortened > 0) progress.log(`${shortened} examples are longer than the context and were cut or divided`);
}

async function startingPosition(run: Run): Promise<Position> {
  const beginning = { step: 0, tokens: 0, chance: run.chance.state(), losses: AT_THE_BEGINNING };
  const { resumeFrom } = run.order;
  if (resumeFrom === null) return beginning;
  try {
    const position = await resume(resumeFrom, run.name, run.model.adapters, run.optimiser);
    run.chance.restore(position.chance);
    run.progress.log(`goes on after step ${position.step}`);
    return position;
  } catch (error) {
    // Training again costs less than a job that can never end.
    run.progress.log(`the checkpoint cannot be used, training begins again: ${(error as Error).message}`);
    return beginning;
  }
}

function summaryOf(run: Run, { step, tokens, losses }: Position): Record<string, unknown> {
  const { rows, skipped, shortened, training, validation } = run.data;
  const judged = losses.validation ?? losses.final;
  return {
    base_model: BASE_MODEL,
    steps: step,
    epochs: step / run.batches.stepsPerEpoch,
    tokens,
    trainable_parameters: trainedOf(run.model).reduce((sum, { core }) => sum + core.rows * core.columns, 0),
    data: { rows, skipped, shortened, training: training.length, validation: validation.length },
    first_loss: losses.first,
    final_loss: losses.final,
    best_loss: losses.best,
    final_validation_loss: losses.validation,
    best_validation_loss: losses.bestValidation,
    perplexity: judged === null ? null : Math.exp(judged),
    hyperparameters: run.order.settings,
  };
}

async function setUp(order: Order, progress: Progress): Promise<Run> {
  progress.report({ phase: 'setup' });
  const { settings } = order;
  const longest = Math.min(settings.max_length, TINY.context);
  if (longest < settings.max_length) progress.log(`max_length is ${longest}: the base model sees no further`);
  const data = await loadDataset(order, longest);
  describe(data, progress);
  const arithmetic = fastArithmetic(MEMORY_BYTES);
  const chance = randomFor(settings.seed, 'dropout');
  const { r: rank, lora_alpha: alpha, lora_dropout: dropout, target_modules: modules, seed } = settings;
  const model = createTransformer(
    arithmetic,
    drawBaseModel(arithmetic),
    { rank, alpha, dropout, modules, seed },
    chance,
  );
  const name = createHash('sha256')
    .update(JSON.stringify([settings, order.totalSteps, data.fingerprint]))
    .digest('hex');
  return prepareRun({ name, order, data, model, chance, progress });
}

async function main(progress: Progress): Promise<void> {
  const order = await readOrder('order.json');
  const run = await setUp(order, progress);
  const from = await startingPosition(run);
  const end = await train(run, from);
  progress.report({ phase: 'saving' });
  await writeAdapter(order.outputFolder, order.settings, run.model.adapters, summaryOf(run, end));
  progress.log(`done: ${end.step} steps, ${end.tokens} tokens`);
}

/** What went wrong, told to whoever watches, as an exit code. */
function failure(error: unknown, progress: Progress): number {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof BadData) progress.report({ error: 'bad_data', message });
  else if (error instanceof Diverged) progress.report({ error: 'diverged', message });
  else progress.report({ message });
  progress.log(message);
  if (error instanceof BadData) return EXIT.badData;
  return error instanceof Diverged ? EXIT.diverged : EXIT.badOrder;
}

const progress = openProgress(process.env.PIPELINE_PROGRESS_FD);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    try {
      progress.log(`stopped by ${signal}`);
    } finally {
      process.exit(EXIT.stopped); // also where nobody reads any more
    }
  });
}
try {
  await main(progress);
} catch (error) {
  process.exitCode = failure(error, progress);
}
