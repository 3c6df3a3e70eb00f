import type { TokenizerChoice } from '@/components/datasets/tokenizer-choice';
import { DEFAULT_TOKENIZER, TOKENIZERS } from '@/domain/datasets/tokenizers';
import { jobConfig } from '@/domain/estimates/job-config';

/** What tokens can be counted by; first choice is what the base model reads that jobs begin with. */
export function tokenizerChoices(): { tokenizers: TokenizerChoice[]; defaultTokenizer: string } {
  const tokenizers = Object.entries(TOKENIZERS).map(([name, { exact }]) => ({ name, exact: [...exact] }));
  const model: string = jobConfig.shape.base_model.parse(undefined);
  const own = tokenizers.find(({ exact }) => exact.some((family) => family === model));
  return { tokenizers, defaultTokenizer: own?.name ?? DEFAULT_TOKENIZER };
}
