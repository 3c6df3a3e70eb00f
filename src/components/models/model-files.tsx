import type { ArtifactAnswer } from '@/domain/artifacts/schema';
import { formatBytes, formatInteger } from '@/lib/format';
import { CopyButton } from '../ui/copy-button';
import { Panel } from '../ui/panel';

/** The files of an adapter, each with its size and its hash to check a download by. */
export function ModelFiles({ files }: { files: ArtifactAnswer['files'] }) {
  return (
    <Panel id="files" title="Files">
      <ul>
        {files.map(({ name, bytes, sha256 }) => (
          <li
            key={name}
            className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 border-t border-line px-4 py-3 sm:px-6"
          >
            <div className="min-w-0 flex-[1_1_16rem]">
              <h3 className="font-medium [overflow-wrap:anywhere]">{name}</h3>
              <p className="text-sm text-soft">
                {formatBytes(bytes)} ({formatInteger(bytes)} bytes)
              </p>
              <p className="text-xs text-soft">
                SHA-256 <code className="font-mono [overflow-wrap:anywhere]">{sha256}</code>
              </p>
            </div>
            <CopyButton text={sha256} what={`the SHA-256 of ${name}`} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
