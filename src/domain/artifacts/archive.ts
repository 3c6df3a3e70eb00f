import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import type { KeptFile } from '@/domain/artifacts/schema';
import type { FileStore } from '@/lib/file-store';

/** A name for a file that every system takes, from whatever a job was called. */
export function archiveName(artifactName: string): string {
  const plain = artifactName
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replaceAll(/^[.-]+|-+$/g, '')
    .slice(0, 80);
  return `${plain || 'adapter'}.zip`;
}

/** An archive of which nothing has been read yet. */
export interface Archive {
  readonly bytes: number;
  /** Begins to read the files; once. */
  open(): Readable;
}

/**
 * All files as one archive, written as it is read. Nothing is compressed (weights do not shrink) and every date is the
 * artifact's own, so that its length is known beforehand, and the bytes are the same each time: a download that broke
 * off can be carried on.
 */
export async function prepareArchive(store: FileStore, files: readonly KeptFile[], date: Date): Promise<Archive> {
  const zip = new ZipFile();
  const opened = Promise.withResolvers<void>();
  const reading = new Set<Readable>();
  for (const { name, key, bytes } of files) {
    zip.addReadStreamLazy(name, { compress: false, size: bytes, mtime: date, mode: 0o100644 }, (give) => {
      opened.promise
        .then(() => store.read(key))
        .then(
          (source) => {
            reading.add(source.once('close', () => reading.delete(source)));
            give(null, source);
          },
          (error: Error) => give(error, Readable.from([])),
        );
    });
  }
  const content = zip.outputStream as Readable;
  zip.on('error', (error: Error) => content.destroy(error));
  // a reader who goes away in the middle leaves no file open
  content.once('close', () => {
    for (const source of reading) source.destroy();
  });
  const bytes = await new Promise<number>((resolve) => zip.end(undefined, resolve as () => void));
  const open = () => {
    opened.resolve();
    return content;
  };
  return { bytes, open };
}
