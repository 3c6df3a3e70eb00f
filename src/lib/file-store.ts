import type { Readable } from 'node:stream';

/** A file as the store keeps it. */
export interface StoredFile {
  readonly bytes: number;
  /** SHA-256 of the content, 32 bytes. */
  readonly sha256: Buffer;
}

/** The store has no room left; nothing of the file that was being written remains. */
export class StoreFullError extends Error {
  override readonly name = 'StoreFullError';
}

/**
 * Where datasets, checkpoints and adapters lie. A key is a path of plain segments (`datasets/<id>/data.jsonl`) made of
 * ids by us, never of a name that somebody sent.
 */
export interface FileStore {
  /**
   * Writes a file from a stream: under a temporary name first, hashed on the way, synced, then renamed, so that a file
   * is there whole or not at all.
   *
   * @throws StoreFullError where the disk (or the quota) is full, and whatever the stream throws; nothing remains
   */
  write(key: string, content: AsyncIterable<Uint8Array>): Promise<StoredFile>;
  /**
   * Streams a file, or of it the bytes `start` to `end` (inclusive, as HTTP counts).
   *
   * @throws PipelineError `not_found` where there is none
   */
  read(key: string, range?: { start: number; end: number }): Promise<Readable>;
  /** Bytes of a file, or null where there is none. */
  size(key: string): Promise<number | null>;
  /** Deletes a file; one that is not there is no error. */
  remove(key: string): Promise<void>;
  /** Keys that begin with `prefix`, with the time of their last change, in no order; for finding files that no row names. */
  list(prefix: string): AsyncIterable<{ key: string; changedAt: Date }>;
}
