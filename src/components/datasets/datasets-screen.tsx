'use client';

import { PageTitle } from '../ui/page-title';
import { DatasetList } from './dataset-list';
import type { TokenizerChoice } from './tokenizer-choice';
import { UploadPanel } from './upload-panel';

interface DatasetsScreenProps {
  tokenizers: readonly TokenizerChoice[];
  defaultTokenizer: string;
}

/** What can be trained on, and the way to add to it. */
export function DatasetsScreen({ tokenizers, defaultTokenizer }: DatasetsScreenProps) {
  return (
    <>
      <PageTitle title="Datasets" />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-5 lg:grid-cols-[minmax(0,1fr)_24rem]">
        <div className="lg:order-last">
          <UploadPanel tokenizers={tokenizers} defaultTokenizer={defaultTokenizer} />
        </div>
        <DatasetList />
      </div>
    </>
  );
}
