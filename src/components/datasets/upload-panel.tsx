'use client';

import { clsx } from 'clsx';
import Link from 'next/link';
import { type FormEvent, useRef, useState } from 'react';
import { formatBytes } from '@/lib/format';
import { Button } from '../ui/button';
import { Field } from '../ui/field';
import { Notice } from '../ui/notice';
import { Panel } from '../ui/panel';
import { ProgressBar } from '../ui/progress-bar';
import { SelectField } from '../ui/select-field';
import { FilePlace } from './file-place';
import type { TokenizerChoice } from './tokenizer-choice';
import { doneText, nameOfFile, sendingText, sentShare, type UploadState } from './upload-state';
import { useFileDrop } from './use-file-drop';
import { type UploadFields, useUpload } from './use-upload';

interface UploadPanelProps {
  tokenizers: readonly TokenizerChoice[];
  defaultTokenizer: string;
}

/** A file of examples, by choice or by drag and drop, with a name and what its tokens are counted by. */
export function UploadPanel({ tokenizers, defaultTokenizer }: UploadPanelProps) {
  const { state, start, cancel } = useUpload();
  const [file, setFile] = useState<File | null>(null);
  const [name, setName] = useState('');
  const [tokenizer, setTokenizer] = useState(defaultTokenizer);
  const [isMissing, setMissing] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const isSending = state.kind === 'sending';

  function choose(chosen: File | null) {
    setFile(chosen);
    setMissing(false);
  }

  const { isOver, handlers } = useFileDrop((dropped) => {
    if (!isSending) choose(dropped);
  });

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (isSending) return;
    if (file === null) {
      setMissing(true);
      input.current?.focus();
      return;
    }
    if (!(await start(file, { name, tokenizer }))) return;
    setFile(null);
    setName('');
    if (input.current) input.current.value = '';
  }

  return (
    <Panel id="upload" title="Upload a dataset">
      <form
        onSubmit={submit}
        {...handlers}
        className={clsx('space-y-4 px-4 pb-5 sm:px-6', isOver && 'rounded-b-lg bg-accent-wash')}
      >
        <FilePlace ref={input} file={file} isDisabled={isSending} isMissing={isMissing} onChoose={choose} />
        <UploadNames
          file={file}
          fields={{ name, tokenizer }}
          tokenizers={tokenizers}
          isDisabled={isSending}
          onName={setName}
          onTokenizer={setTokenizer}
        />
        <UploadOutcome state={state} fileName={file?.name ?? 'the file'} />
        <div className="flex flex-wrap items-center gap-2">
          <Button type="submit" look="primary" aria-disabled={isSending}>
            {isSending ? 'Uploading' : 'Upload'}
          </Button>
          {isSending ? <Button onClick={cancel}>Cancel the upload</Button> : null}
          {file !== null && !isSending ? <span className="text-sm text-soft">{formatBytes(file.size)}</span> : null}
        </div>
      </form>
    </Panel>
  );
}

interface UploadNamesProps {
  file: File | null;
  fields: UploadFields;
  tokenizers: readonly TokenizerChoice[];
  isDisabled: boolean;
  onName: (name: string) => void;
  onTokenizer: (tokenizer: string) => void;
}

function UploadNames({ file, fields: { name, tokenizer }, tokenizers, isDisabled, ...on }: UploadNamesProps) {
  const exact = tokenizers.find((each) => each.name === tokenizer)?.exact ?? [];
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field
        label="Name"
        maxLength={200}
        placeholder={file ? nameOfFile(file.name) : ''}
        value={name}
        disabled={isDisabled}
        onChange={(event) => on.onName(event.target.value)}
        hint="Left empty, it is called as its file."
      />
      <SelectField
        label="Tokens counted by"
        value={tokenizer}
        disabled={isDisabled}
        onChange={(event) => on.onTokenizer(event.target.value)}
        hint={`Choose that of the model to be trained. Exact for ${exact.join(', ')}.`}
      >
        {tokenizers.map((each) => (
          <option key={each.name} value={each.name}>
            {each.name}
          </option>
        ))}
      </SelectField>
    </div>
  );
}

function UploadOutcome({ state, fileName }: { state: UploadState; fileName: string }) {
  switch (state.kind) {
    case 'idle':
      return null;
    case 'sending': {
      const text = sendingText(state);
      return (
        <div className="space-y-1.5">
          <ProgressBar name={`Upload of ${fileName}`} share={sentShare(state)} text={text} />
          <p className="text-sm text-soft">{text}</p>
        </div>
      );
    }
    case 'failed':
      return (
        <Notice title="The file was not taken">
          <p>{state.sentence}</p>
        </Notice>
      );
    case 'done':
      return (
        <p className="rounded-md bg-accent-wash p-3 text-sm">
          {doneText(state.dataset)}{' '}
          <Link
            href={`/datasets/${state.dataset.id}`}
            className="font-medium text-accent underline underline-offset-2 hover:text-accent-strong"
          >
            Open it
          </Link>
        </p>
      );
  }
}
