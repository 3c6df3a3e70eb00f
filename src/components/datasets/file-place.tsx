import { type Ref, useId } from 'react';

interface FilePlaceProps {
  ref: Ref<HTMLInputElement>;
  file: File | null;
  isDisabled: boolean;
  /** Somebody wanted to go on without a file. */
  isMissing: boolean;
  onChoose: (file: File | null) => void;
}

/** Where a file is chosen; it may be dropped here, too. */
export function FilePlace({ ref, file, isDisabled, isMissing, onChoose }: FilePlaceProps) {
  const id = useId();
  const hint = useId();
  return (
    <div className="rounded-md border border-dashed border-edge p-4">
      <label htmlFor={id} className="block text-sm font-medium">
        File
      </label>
      <input
        ref={ref}
        id={id}
        type="file"
        accept=".jsonl,.ndjson,.json,.gz"
        aria-describedby={hint}
        aria-invalid={isMissing ? true : undefined}
        disabled={isDisabled}
        onChange={(event) => onChoose(event.target.files?.[0] ?? null)}
        className="mt-2 block w-full min-w-0 text-sm text-soft file:mr-3 file:min-h-9 file:cursor-pointer file:rounded-md file:border file:border-solid file:border-edge file:bg-panel file:px-3 file:font-medium file:text-ink hover:file:bg-sunken pointer-coarse:file:min-h-11"
      />
      <div id={hint} className="mt-2 space-y-1 text-xs text-soft">
        {isMissing ? <p className="font-medium text-alert">Choose a file first.</p> : null}
        {file ? <p className="text-ink [overflow-wrap:anywhere]">Chosen: {file.name}</p> : null}
        <p>
          JSON Lines, packed with gzip or not: chat messages, ShareGPT conversations, Alpaca instructions, prompt and
          completion, or plain text. Choose it, or drop it here.
        </p>
      </div>
    </div>
  );
}
