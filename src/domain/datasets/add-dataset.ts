import type { UserCtx, WithFiles, WithQueue, WithStorageLimits } from '@/domain/context';
import type { Dataset, DatasetAdded, UploadFields } from '@/domain/datasets/schema';
import {
  deleteUploadStatement,
  findSame,
  finishUpload,
  insertUpload,
  lockStorage,
  measureStorage,
  touchStatement,
} from '@/domain/datasets/store';
import { conflict, unavailable } from '@/lib/errors';
import { type StoredFile, StoreFullError } from '@/lib/file-store';
import { formatBytes, formatCount } from '@/lib/format';
import type { Upload } from '@/lib/upload';

type Ctx = WithFiles<WithQueue<WithStorageLimits<UserCtx>>>;
type FileUpload = Upload<UploadFields>;

/** Uploads of one account at a time; each may wait on the disk with its whole size. */
const MOST_UPLOADS = 8;
/** How often a slow upload shows that it goes on, ms. */
const TOUCH_EVERY_MS = 60_000;

const GONE = 'The dataset was deleted while it was being uploaded.';

/**
 * Takes a file as a dataset: streams it to the store, then queues its validation. The same content with the same
 * tokenizer is the dataset that the caller has already; the second copy goes. Whatever fails, nothing is left behind.
 *
 * @throws PipelineError `conflict` where the account has no room left or too many uploads under way, `unavailable` where
 *   the store is full, `too_large` and `bad_input` as the upload says
 */
export async function addDataset(ctx: Ctx, { upload }: { upload: FileUpload }): Promise<DatasetAdded> {
  const { id, room } = await begin(ctx, upload);
  const fileKey = `datasets/${id}/data`;
  try {
    const stored = await ctx.files.write(fileKey, guarded(ctx, id, upload, room));
    const fields = await upload.fields();
    const added = await finish(ctx, id, { fileKey, stored, fields, fileName: upload.fileName });
    if (added.already_there) await ctx.files.remove(fileKey);
    return added;
  } catch (error) {
    await giveUp(ctx, id, fileKey);
    throw error instanceof StoreFullError ? storeFull(error) : error;
  }
}

const storeFull = (cause: unknown) =>
  unavailable('The server has no room left for files. Tell who runs it, and try again later.', cause, 60);

const noRoom = ({ limits }: Ctx, used: number) =>
  conflict(
    `Your datasets and models take ${formatBytes(used)} of ${formatBytes(limits.storageBytes)}, so this file does not fit. Delete some first.`,
  );

/** Makes the row, where the account has room. */
async function begin(ctx: Ctx, { fileName, announcedBytes }: FileUpload): Promise<{ id: string; room: number }> {
  return ctx.service.transaction(async (tx) => {
    await lockStorage(tx, ctx.userId);
    const { bytes, uploads } = await measureStorage(tx, ctx.userId);
    const room = ctx.limits.storageBytes - bytes;
    // what is announced holds the form as well, which is small; the file itself is counted as it comes
    if (room <= 0 || (announcedBytes ?? 0) > room + FORM_BYTES) throw noRoom(ctx, bytes);
    if (uploads >= MOST_UPLOADS) {
      throw conflict(
        `${formatCount(uploads, 'upload')} of yours are under way: wait until one has ended. One that broke off is forgotten after an hour.`,
      );
    }
    return { id: await insertUpload(tx, ctx.userId, fileName), room };
  });
}

const FORM_BYTES = 64 * 1024;

/** The content as long as it fits and the row is there. */
async function* guarded(ctx: Ctx, id: string, { content }: FileUpload, room: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  let touchedAt = ctx.clock.monotonicMs();
  for await (const chunk of content) {
    bytes += chunk.byteLength;
    if (bytes > room) throw noRoom(ctx, ctx.limits.storageBytes - room);
    if (ctx.clock.monotonicMs() - touchedAt > TOUCH_EVERY_MS) {
      touchedAt = ctx.clock.monotonicMs();
      const [rows] = await ctx.service.run(touchStatement(ctx.userId, id));
      if (rows.length === 0) throw conflict(GONE);
    }
    yield chunk;
  }
}

interface Arrived {
  readonly fileKey: string;
  readonly stored: StoredFile;
  readonly fields: UploadFields;
  readonly fileName: string;
}

/** Names the file in the row and queues its validation, or finds that the account has it already. */
async function finish(ctx: Ctx, id: string, { fileKey, stored, fields, fileName }: Arrived): Promise<DatasetAdded> {
  const { tokenizer, validation_share: validationShare, name = nameOf(fileName) } = fields;
  return ctx.service.transaction(async (tx) => {
    await lockStorage(tx, ctx.userId);
    const same = await findSame(tx, ctx.userId, { sha256: stored.sha256, tokenizer });
    if (same) {
      await tx.executeQuery(deleteUploadStatement(ctx.userId, id));
      return { ...same, already_there: true };
    }
    const { bytes } = await measureStorage(tx, ctx.userId);
    if (bytes + stored.bytes > ctx.limits.storageBytes) throw noRoom(ctx, bytes);
    const file = { name, tokenizer, validationShare, fileKey, ...stored };
    const dataset: Dataset | null = await finishUpload(tx, ctx.userId, id, file);
    if (!dataset) throw conflict(GONE);
    await ctx.queue.send(tx, 'validate-dataset', id);
    return { ...dataset, already_there: false };
  });
}

/** `train.jsonl.gz` → `train`. */
const nameOf = (fileName: string): string => {
  const bare = fileName.replace(/\.gz$/i, '').replace(/\.(jsonl|ndjson|json|txt)$/i, '');
  return [...(bare.trim() || fileName)].slice(0, 200).join('');
};

/** What fails here is found by the upkeep: a row without a file, and a file without a row. */
async function giveUp(ctx: Ctx, id: string, fileKey: string): Promise<void> {
  const steps = [ctx.files.remove(fileKey), ctx.service.run(deleteUploadStatement(ctx.userId, id))];
  for (const { reason } of (await Promise.allSettled(steps)).filter((step) => step.status === 'rejected')) {
    ctx.log.warn({ error: reason, datasetId: id }, 'an upload that failed left something behind');
  }
}
