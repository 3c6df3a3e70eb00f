import type { SystemCtx, WithFiles } from '@/domain/context';
import { type Examination, examineFile } from '@/domain/datasets/examine-file';
import { validationMessage } from '@/domain/datasets/messages';
import {
  endValidation,
  progressStatement,
  type WaitingDataset,
  waitingStatement,
} from '@/domain/datasets/validation-store';
import { notify } from '@/domain/notifications/notify';
import { PipelineError } from '@/lib/errors';

/** How often progress is written, ms. */
const PROGRESS_EVERY_MS = 2_000;

const NO_FILE: Examination = {
  failure: 'The file is not in the store any more. Delete this dataset and send the file again.',
  findings: null,
};

/**
 * Examines a dataset that waits for it and says whether it can be trained on, with the notification in the same
 * transaction. Safe to repeat, also at the same time: the first that ends counts, and all find the same.
 *
 * @throws whatever the database or the store throws while they are away; then it is to be tried again
 */
export async function validateDataset(ctx: WithFiles<SystemCtx>, datasetId: string): Promise<void> {
  const [[dataset]] = await ctx.session.read(waitingStatement(datasetId));
  if (!dataset) return;
  const examination = await examine(ctx, dataset);
  if (!examination) return;
  await ctx.session.transaction(async (tx) => {
    const ended = await endValidation(tx, dataset.id, { ...examination, at: ctx.clock.now() });
    if (ended) await notify(tx, [validationMessage(dataset, examination)]);
  });
}

async function examine(ctx: WithFiles<SystemCtx>, dataset: WaitingDataset): Promise<Examination | null> {
  let bytesRead = 0;
  let writtenAt = ctx.clock.monotonicMs();
  async function* counted(source: AsyncIterable<Uint8Array>) {
    bytesRead = 0;
    for await (const chunk of source) {
      bytesRead += chunk.byteLength;
      yield chunk;
    }
  }
  try {
    return await examineFile({
      open: async () => counted(await ctx.files.read(dataset.file_key)),
      tokenizer: dataset.tokenizer,
      validationShare: dataset.validation_share,
      clock: ctx.clock,
      async onProgress({ rows, tokens }) {
        if (ctx.clock.monotonicMs() - writtenAt < PROGRESS_EVERY_MS) return true;
        writtenAt = ctx.clock.monotonicMs();
        const [still] = await ctx.session.run(progressStatement(dataset.id, { bytesRead, rows, tokens }));
        return still.length > 0;
      },
    });
  } catch (error) {
    if (error instanceof PipelineError && error.code === 'not_found') return NO_FILE;
    throw error;
  }
}
