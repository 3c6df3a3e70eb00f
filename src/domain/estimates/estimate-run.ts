import type { UserCtx, WithOffer } from '@/domain/context';
import { costRun, type RunCost } from '@/domain/estimates/cost-run';
import { type Durations, durationsOf, totalOf } from '@/domain/estimates/durations';
import { peakOf } from '@/domain/estimates/gpus';
import { chosenHyperparameters, type JobConfig } from '@/domain/estimates/job-config';
import { adapterBytes, type BaseModel, findBaseModel } from '@/domain/estimates/models';
import { type Judgement, judgeByRuns } from '@/domain/estimates/own-runs';
import { planRun, type RunPlan, type Workload } from '@/domain/estimates/plan-run';
import { amountOf, presentDurations, presentPrice } from '@/domain/estimates/present-estimate';
import { otherMs, type Prior, priorOf } from '@/domain/estimates/prior';
import type { Estimate } from '@/domain/estimates/schema';
import { type DatasetRow, datasetStatement, finishedRunsStatement } from '@/domain/estimates/store';
import { costOf, UNIT_MS } from '@/domain/metering/price';
import { findCurrentPrice, type PriceVersion } from '@/domain/prices/find-price';
import { formatFixed } from '@/lib/decimal';
import { badInput, conflict, notFound } from '@/lib/errors';
import { MAX_CHARGE } from '@/lib/money';

/** The newest of one's own runs that are asked; older ones count next to nothing. */
const MOST_RUNS = 200;
/** Longer runs cannot be metered; nobody means them. */
const LONGEST_MS = 10 * 365 * 86_400_000;
const MOST_STEPS = 2 ** 31 - 1;
/** The executor that runs no trainer: it plays recorded runs. */
const SIMULATED = 'simulated';
const STORAGE = { provider: 'local', sku: 'artifact-storage' } as const;

/** What is rented for a run. */
interface Rental {
  readonly version: PriceVersion;
  readonly gpuType: string;
  /** How many of what the price is for, decimal text. */
  readonly units: string;
}

const REASONS = {
  uploading: 'is still being uploaded. Wait until it is ready.',
  validating: 'is still being checked. Wait until it is ready.',
  invalid: 'did not pass its check and cannot be trained on. Upload it again without the errors of its report.',
} as const;

function refuseUnoffered(field: 'trainer' | 'executor', name: string, offered: readonly string[]): void {
  if (!offered.includes(name))
    throw badInput(`${field}: there is none of this name. Send one of ${offered.join(', ')}.`);
}

function chooseModel({ offer }: WithOffer<UserCtx>, { base_model, trainer, executor }: JobConfig): BaseModel {
  refuseUnoffered('trainer', trainer, offer.trainers);
  refuseUnoffered('executor', executor, offer.executors);
  const model = findBaseModel(base_model);
  const own = model.trainer ?? trainer;
  if (executor !== SIMULATED && own !== trainer) {
    throw badInput(`base_model: ${base_model} is trained by the trainer ${own} only. Send another base_model.`);
  }
  if (executor !== SIMULATED && trainer === 'tiny' && model.trainer !== 'tiny') {
    throw badInput('base_model: the trainer tiny trains pipeline/tiny-byte-lm only. Send that, or another trainer.');
  }
  return model;
}

async function rent({ session, clock }: UserCtx, config: JobConfig): Promise<Rental> {
  const { provider, sku, region, purchase_option: purchaseOption, gpu_count: wanted } = config;
  const version = await findCurrentPrice(session, { provider, sku, region, purchaseOption }, clock.now());
  const { gpuType, gpuCount } = version;
  if (gpuType === null || gpuCount === null)
    throw badInput(`sku: ${provider}/${sku} is not for GPUs. Send another one.`);
  if (wanted % gpuCount !== 0) {
    throw badInput(
      `gpu_count: ${provider}/${sku} is sold with ${gpuCount} GPUs. Send ${gpuCount} or a multiple of it.`,
    );
  }
  return { version, gpuType, units: String(wanted / gpuCount) };
}

function workloadOf(dataset: DatasetRow | undefined): Workload {
  if (dataset === undefined) throw notFound('dataset');
  const { name, status, rowsTraining, rowsValidation, tokens, longest } = dataset;
  if (status !== 'ready') throw conflict(`The dataset ${JSON.stringify(name)} ${REASONS[status]}`);
  if (rowsTraining === null || rowsTraining === 0 || tokens === null) {
    throw conflict(`The dataset ${JSON.stringify(name)} has no rows to train on. Choose another one.`);
  }
  return { rowsTraining, rowsValidation: rowsValidation ?? 0, tokens, longest };
}

/** @throws PipelineError `bad_input` for runs that no ledger could hold */
function refuseEndless(plan: RunPlan, durations: Durations, rental: Rental): RunCost {
  const { high } = totalOf(durations);
  const tooLong = 'This run might take more than ten years. Choose fewer epochs, a smaller model, or a faster GPU.';
  if (!(high <= LONGEST_MS) || plan.steps > MOST_STEPS || !Number.isSafeInteger(plan.tokens)) throw badInput(tooLong);
  const { version, units } = rental;
  const cost = costRun(durations, version.price, { units, billedPhases: version.billedPhases });
  if (cost.high > MAX_CHARGE) throw badInput('This run might cost more than 9,999,999,999. Choose a smaller one.');
  return cost;
}

function noteOf(judged: Judgement, gpuType: string, config: JobConfig, durations: Durations): string {
  const basis =
    judged.runs === 0
      ? 'Worked out from the size of the model and the data sheet of the GPU, without any run of yours to compare with.'
      : `Judged by ${judged.runs} finished run${judged.runs === 1 ? '' : 's'} of yours on this kind of GPU.`;
  const unknown = peakOf(gpuType).isKnown || judged.runs > 0 ? '' : ` The speed of ${gpuType} is not known here.`;
  const limitMs = (config.max_runtime_minutes ?? Number.POSITIVE_INFINITY) * 60_000;
  const stopped =
    totalOf(durations).high > limitMs ? ' It may be stopped by max_runtime_minutes before it is done.' : '';
  return basis + unknown + stopped;
}

function basisOf(judged: Judgement, prior: Prior, gpuCount: number, note: string): Estimate['basis'] {
  return {
    kind: judged.runs === 0 ? 'prior' : 'own_runs',
    runs: judged.runs,
    tokens_per_second: judged.tokensPerSecond.value * gpuCount,
    factor: judged.tokensPerSecond.factor,
    note,
    prior_tokens_per_second: prior.tokensPerSecond,
    prior_other_ms: otherMs(prior),
  };
}

/**
 * What a run as configured is expected to cost and to take, by the price of this moment.
 *
 * The cost is what the ledger would charge for that time: increment and minimum included, to the last digit.
 *
 * @throws PipelineError `bad_input` naming the field, `not_found` for a dataset that is not the caller's, `conflict` for
 *   one that is not ready
 */
export async function estimateRun(ctx: WithOffer<UserCtx>, config: JobConfig): Promise<Estimate> {
  const model = chooseModel(ctx, config);
  const { gpu_count: gpuCount, trainer } = config;
  const rental = await rent(ctx, config);
  const storage = await findCurrentPrice(ctx.session, STORAGE, ctx.clock.now());
  const { gpuType, version, units } = rental;
  const [[dataset], runs] = await ctx.session.read(
    datasetStatement(ctx.userId, config.dataset_id),
    finishedRunsStatement(ctx.userId, { gpuType, trainer }, MOST_RUNS),
  );
  const chosen = chosenHyperparameters(config);
  const plan = planRun(workloadOf(dataset), chosen, gpuCount, model);
  const traits = { parameters: model.parameters, rank: chosen.r, maxLength: plan.length };
  const prior = priorOf(plan, { model, r: chosen.r, gpuType });
  const judged = judgeByRuns(traits, prior, runs);
  const durations = durationsOf(plan, prior, judged, gpuCount);
  const cost = refuseEndless(plan, durations, rental);
  const bytes = adapterBytes(model, chosen.r);
  return {
    ...presentDurations(durations, cost),
    currency: version.price.currency,
    storage_per_month: {
      bytes,
      // a price of storage is for 10^9 bytes
      ...amountOf(costOf(UNIT_MS.month, formatFixed(BigInt(bytes) * 10n), storage.price)),
      currency: storage.price.currency,
    },
    steps: plan.steps,
    tokens: plan.tokens,
    price: presentPrice(version, units),
    run: {
      base_model: config.base_model,
      parameters: model.parameters,
      rank: chosen.r,
      max_length: plan.length,
      trainer,
      gpu_type: gpuType,
      gpu_count: gpuCount,
    },
    basis: basisOf(judged, prior, gpuCount, noteOf(judged, gpuType, config, durations)),
    estimated_at: ctx.clock.now().toISOString(),
  };
}
