'use client';

import { Download } from 'lucide-react';
import { type Ref, useEffect, useRef } from 'react';
import type { ArtifactAnswer, DownloadAnswer } from '@/domain/artifacts/schema';
import { formatBytes, formatTime } from '@/lib/format';
import { useDownload } from '../api/model-queries';
import { sentenceOf } from '../api/request';
import { useAnnounce } from '../ui/announcer';
import { Button, buttonClass } from '../ui/button';
import { Notice } from '../ui/notice';
import { Panel } from '../ui/panel';

/** The way to the files: links are made on demand, and stop working by themselves. */
export function ModelDownload({ model, zone }: { model: ArtifactAnswer; zone: string }) {
  const download = useDownload(model.id);
  const announce = useAnnounce();
  const archive = useRef<HTMLAnchorElement>(null);
  const links = download.data;

  useEffect(() => {
    if (links) archive.current?.focus();
  }, [links]);

  return (
    <Panel id="download" title="Download">
      <div className="px-4 pb-5 sm:px-6">
        {download.error ? (
          <Notice title="No links were made" className="mb-4">
            <p>{sentenceOf(download.error)}</p>
          </Notice>
        ) : null}
        {links ? (
          <Links ref={archive} links={links} zone={zone} />
        ) : (
          <p className="mb-3 text-sm text-soft">
            The adapter as PEFT reads it: each file by itself, or all of them as one archive.
          </p>
        )}
        <Button
          look={links ? 'outline' : 'primary'}
          aria-disabled={download.isPending}
          onClick={() =>
            download.isPending
              ? undefined
              : download.mutate(undefined, { onSuccess: () => announce('The links are ready.') })
          }
        >
          {download.isPending ? 'Making links' : links ? 'Make new links' : 'Get download links'}
        </Button>
      </div>
    </Panel>
  );
}

interface LinksProps {
  ref: Ref<HTMLAnchorElement>;
  links: DownloadAnswer;
  zone: string;
}

function Links({ ref, links: { archive, files, expires_at }, zone }: LinksProps) {
  return (
    <div className="mb-4">
      <a ref={ref} href={archive.url} download={archive.name} className={buttonClass('primary', 'max-w-full')}>
        <Download aria-hidden="true" className="size-4 shrink-0" />
        <span className="truncate">All files as one archive</span>
      </a>
      <ul className="mt-3 space-y-1 text-sm">
        {files.map(({ name, bytes, url }) => (
          <li key={name}>
            <a
              href={url}
              download={name}
              className="inline-flex min-h-9 items-center text-accent underline underline-offset-2 [overflow-wrap:anywhere] hover:text-accent-strong pointer-coarse:min-h-11"
            >
              {name}
            </a>{' '}
            <span className="text-soft">{formatBytes(bytes)}</span>
          </li>
        ))}
      </ul>
      <p className="mt-2 text-xs text-soft">
        The links work until {formatTime(new Date(expires_at), zone)}, for whoever has them.
      </p>
    </div>
  );
}
