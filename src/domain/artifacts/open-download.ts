import { Readable } from 'node:stream';
import { archiveName, prepareArchive } from '@/domain/artifacts/archive';
import { hashToken } from '@/domain/artifacts/create-download';
import { linkStatement } from '@/domain/artifacts/link-store';
import type { SystemCtx, WithFiles } from '@/domain/context';
import { notFound } from '@/lib/errors';

/** Bytes `start` to `end`, both included, as HTTP counts. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A file that is ready to be sent, whole or in part. */
export interface Download {
  readonly name: string;
  readonly bytes: number;
  /** Changes when the content does. */
  readonly tag: string;
  open(range: ByteRange): Promise<Readable>;
}

/** The bytes of a range out of a stream that can only be read from its beginning. */
async function* cut(content: AsyncIterable<Buffer>, { start, end }: ByteRange): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const chunk of content) {
    const from = Math.max(start - at, 0);
    const to = Math.min(end + 1 - at, chunk.length);
    at += chunk.length;
    if (from < to) yield chunk.subarray(from, to);
    if (at > end) return;
  }
}

/**
 * What a link leads to. Whoever has the link may fetch it: no credential is asked for.
 *
 * @throws PipelineError `not_found` for a link that is unknown or no longer works
 */
export async function openDownload(ctx: WithFiles<SystemCtx>, { token }: { token: string }): Promise<Download> {
  const [[link]] = await ctx.session.read(linkStatement(hashToken(token), ctx.clock.now()));
  if (!link) throw notFound('download');
  const { files, file_name, artifact_name, created_at } = link;
  if (file_name !== null) {
    const file = files.find(({ name }) => name === file_name);
    if (!file) throw notFound('download');
    const { name, bytes, sha256, key } = file;
    return { name, bytes, tag: sha256.slice(0, 32), open: (range) => ctx.files.read(key, range) };
  }
  const archive = await prepareArchive(ctx.files, files, created_at);
  return {
    name: archiveName(artifact_name),
    bytes: archive.bytes,
    tag: hashToken(JSON.stringify([files, created_at]))
      .toString('hex')
      .slice(0, 32),
    open: async (range) => Readable.from(cut(archive.open(), range)),
  };
}
