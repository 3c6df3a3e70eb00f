'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { DatasetAdded } from '@/domain/datasets/schema';
import { sentenceOf } from '../api/request';
import { uploadForm } from '../api/upload-file';
import { useAnnounce } from '../ui/announcer';
import { doneText, type UploadState } from './upload-state';

/** What is sent beside the file. */
export interface UploadFields {
  name: string;
  tokenizer: string;
}

function formOf(file: File, { name, tokenizer }: UploadFields): FormData {
  const form = new FormData();
  if (name.trim() !== '') form.set('name', name);
  form.set('tokenizer', tokenizer);
  // Last, so that the server knows everything else before the content comes.
  form.set('file', file);
  return form;
}

/** An upload of one file: where it is, how to begin it, and how to end it early. */
export function useUpload() {
  const client = useQueryClient();
  const announce = useAnnounce();
  const [state, setState] = useState<UploadState>({ kind: 'idle' });
  const running = useRef<AbortController | null>(null);

  async function start(file: File, fields: UploadFields): Promise<boolean> {
    const controller = new AbortController();
    running.current = controller;
    setState({ kind: 'sending', sent: 0, total: file.size });
    announce(`Uploading ${file.name}.`);
    try {
      const dataset = await uploadForm<DatasetAdded>('/api/datasets', formOf(file, fields), {
        onProgress: (sent, total) => setState({ kind: 'sending', sent, total }),
        signal: controller.signal,
      });
      setState({ kind: 'done', dataset });
      announce(doneText(dataset));
      return true;
    } catch (error) {
      if (controller.signal.aborted) {
        setState({ kind: 'idle' });
        announce('The upload was cancelled. Nothing was kept.');
      } else setState({ kind: 'failed', sentence: sentenceOf(error) });
      return false;
    } finally {
      running.current = null;
      client.invalidateQueries({ queryKey: ['datasets'] });
    }
  }

  return { state, start, cancel: () => running.current?.abort(new Error('cancelled')) };
}
