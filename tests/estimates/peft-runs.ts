import type { JudgedRun } from '@/domain/estimates/compare-bases';
import { PRESETS } from '@/domain/estimates/job-config';
import { findBaseModel } from '@/domain/estimates/models';
import { planRun } from '@/domain/estimates/plan-run';
import { otherMs, priorOf } from '@/domain/estimates/prior';

/** Of all rows of a run as the published result files have it, what an estimate can make use of. */
type Row = Readonly<Record<string, string>>;

const MODEL = 'meta-llama/Llama-3.2-3B';
/** As its published configuration has them: it is measured every 250 steps on 50 rows. */
const EVAL_STEPS = 250;
const ROWS_VALIDATION = 50;
/** Methods without a rank are taken to be as light as the lightest. */
const NO_RANK = 1;

const numberOf = (row: Row, name: string): number => Number(row[name]);

/** The runs of the language model with what each was expected to take, the newest first. */
export function judgedRuns(rows: readonly Row[]): JudgedRun[] {
  const model = findBaseModel(MODEL);
  return rows
    .filter((row) => row.model_id === MODEL && row.train_total_tokens !== '')
    .toSorted(
      (a, b) =>
        (b.created_at ?? '').localeCompare(a.created_at ?? '') || (b.run_id ?? '').localeCompare(a.run_id ?? ''),
    )
    .map((row) => {
      const rank = Number(row.rank) || NO_RANK;
      const batch = numberOf(row, 'batch_size');
      const rowsTraining = numberOf(row, 'last_step') * batch;
      const tokens = numberOf(row, 'train_total_tokens');
      const perRow = Math.round(tokens / rowsTraining);
      const chosen = {
        ...PRESETS.balanced,
        r: rank,
        per_device_train_batch_size: batch,
        num_train_epochs: 1,
        max_length: perRow,
        eval_steps: EVAL_STEPS,
        save_steps: 1_000_000,
      };
      const work = { rowsTraining, rowsValidation: ROWS_VALIDATION, tokens, longest: perRow };
      const prior = priorOf(planRun(work, chosen, 1, model), { model, r: rank, gpuType: row.accelerator ?? '' });
      return {
        parameters: model.parameters,
        rank,
        maxLength: perRow,
        gpuCount: 1,
        tokens,
        trainingMs: Math.round(numberOf(row, 'train_time_s') * 1000),
        totalMs: Math.round(numberOf(row, 'total_time_s') * 1000),
        priorOtherMs: otherMs(prior),
        priorTokensPerSecond: prior.tokensPerSecond,
      };
    });
}
