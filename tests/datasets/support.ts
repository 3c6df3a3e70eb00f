import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createTestDatabase, type TestDatabase } from '@tests/support/database';
import type { Caller } from '@/db/session';
import type { SystemCtx, UserCtx, WithFiles, WithQueue, WithStorageLimits } from '@/domain/context';
import { addDataset } from '@/domain/datasets/add-dataset';
import { readDataset } from '@/domain/datasets/read-dataset';
import { type DatasetAdded, type DatasetAnswer, type UploadFields, uploadFields } from '@/domain/datasets/schema';
import { validateDataset } from '@/domain/datasets/validate-dataset';
import { type Clock, systemClock } from '@/lib/clock';
import { createLogger } from '@/lib/log';
import type { Upload } from '@/lib/upload';
import { createLocalFiles } from '@/storage/local-files';

const log = createLogger({ level: 'silent' });

export type DatasetCtx = WithFiles<WithQueue<WithStorageLimits<UserCtx>>>;

/** A database, a folder of files, and what was sent to the workers. */
export interface DatasetWorld {
  readonly db: TestDatabase;
  readonly folder: string;
  readonly sent: string[];
  userCtx(caller: Caller, limits?: Partial<DatasetCtx['limits']>): DatasetCtx;
  systemCtx(clock?: Clock): WithFiles<WithQueue<SystemCtx>>;
  close(): Promise<void>;
}

export async function createDatasetWorld(): Promise<DatasetWorld> {
  const db = await createTestDatabase();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pipeline-datasets-'));
  const files = createLocalFiles(folder);
  const sent: string[] = [];
  const queue = { send: async (_tx: unknown, name: string, id: string) => void sent.push(`${name} ${id}`) };
  return {
    db,
    folder,
    sent,
    userCtx: (caller, limits) => ({
      userId: caller.userId,
      email: caller.email,
      session: db.database.asUser(caller),
      service: db.database.asService({ timeoutMs: 60_000 }),
      files,
      queue,
      limits: { uploadBytes: 1e9, storageBytes: 1e10, ...limits },
      clock: systemClock,
      log,
    }),
    systemCtx: (clock = systemClock) => ({
      session: db.database.asService({ timeoutMs: 60_000 }),
      files,
      queue,
      clock,
      log,
    }),
    close: async () => {
      await db.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Bytes as they come from a socket. */
export async function* inPieces(content: string | Uint8Array, size = 10_000): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(content as string);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

type Fields = Partial<Record<keyof UploadFields, string>>;

/** An upload as HTTP would hand it over. */
export function uploadOf(
  content: AsyncIterable<Uint8Array>,
  fields: Fields = {},
  fileName = 'rows.jsonl',
): Upload<UploadFields> {
  return { fileName, announcedBytes: null, content, fields: async () => uploadFields.parse(fields) };
}

export const addText = (ctx: DatasetCtx, content: string | Uint8Array, fields?: Fields): Promise<DatasetAdded> =>
  addDataset(ctx, { upload: uploadOf(inPieces(content), fields) });

/** Adds a file and validates it, as an account that has nothing else. */
export async function validated(
  world: DatasetWorld,
  content: string | Uint8Array,
  fields?: Fields,
): Promise<DatasetAnswer> {
  const ctx = world.userCtx(await world.db.createUser(`${randomUUID()}@example.test`));
  const { id } = await addText(ctx, content, fields);
  await validateDataset(world.systemCtx(), id);
  return readDataset(ctx, { id });
}

/** Rows as JSON Lines. */
export const linesOf = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** Rows that are good, each another one. */
export const goodRows = (n: number): { prompt: string; completion: string }[] =>
  Array.from({ length: n }, (_, i) => ({ prompt: `What is ${i} plus 1?`, completion: `It is ${i + 1}.` }));
