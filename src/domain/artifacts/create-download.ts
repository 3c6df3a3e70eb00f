import { createHash, randomBytes } from 'node:crypto';
import { archiveName } from '@/domain/artifacts/archive';
import { insertLinksStatement } from '@/domain/artifacts/link-store';
import type { ArtifactParams, DownloadAnswer } from '@/domain/artifacts/schema';
import { artifactStatement } from '@/domain/artifacts/store';
import type { UserCtx } from '@/domain/context';
import { notFound } from '@/lib/errors';

/** How long a link works, ms. */
export const LINK_LIFE_MS = 15 * 60_000;

/** What is kept of a token: without the token itself nobody can make it again. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();

/**
 * Makes links to each file of an adapter and to all of them as one archive. They work for {@link LINK_LIFE_MS}
 * without a credential, so that a program that knows nothing of us can fetch them.
 *
 * @throws PipelineError `not_found`
 */
export async function createDownload(ctx: UserCtx, { id }: ArtifactParams): Promise<DownloadAnswer> {
  const [[artifact]] = await ctx.session.read(artifactStatement(ctx.userId, id));
  if (!artifact) throw notFound('model');
  const expiresAt = new Date(ctx.clock.now().getTime() + LINK_LIFE_MS);
  const link = (fileName: string | null) => {
    const token = randomBytes(32).toString('base64url');
    return { fileName, tokenHash: hashToken(token), url: `/api/downloads/${token}` };
  };
  const files = artifact.files.map(({ key: _, ...file }) => ({ file, link: link(file.name) }));
  const archive = link(null);
  const links = [...files.map((one) => one.link), archive];
  const [written] = await ctx.service.run(insertLinksStatement(ctx.userId, id, links, expiresAt));
  if (written.length !== links.length) throw notFound('model'); // deleted in between
  return {
    files: files.map(({ file, link: { url } }) => ({ ...file, url })),
    archive: { name: archiveName(artifact.name), url: archive.url },
    expires_at: expiresAt.toISOString(),
  };
}
