/**
 * How the tokens of a dataset are counted: a closed list, because a vocabulary has to ship in a package. A count is
 * exact for the model families under `exact`. For those under `approximate` it is that of the nearest vocabulary here;
 * how far off it is depends on the text and was not measured (numbers and scripts other than Latin differ most).
 *
 * What is counted is the text of prompt and answer. The tokens that a chat template adds around each turn, and those
 * for the begin and the end of a text, are left out. A run of more than 1,024 characters without a blank before a
 * word (as in Chinese) is cut, and each such cut may add a token.
 */
export const TOKENIZERS = {
  /** `gpt-tokenizer`, 200,000 entries. */
  o200k_base: {
    exact: ['GPT-4o, GPT-4.1, GPT-5 and gpt-oss'],
    approximate: ['Gemma 2 and 3', 'Mistral with the Tekken vocabulary', 'Phi-4-mini'],
  },
  /** `gpt-tokenizer`, 100,000 entries. */
  cl100k_base: {
    exact: ['GPT-3.5 and GPT-4'],
    // Qwen's vocabulary grew out of this one; it writes numbers digit by digit and knows more Chinese words
    approximate: ['Qwen 1.5, 2, 2.5 and 3', 'Phi-4', 'OLMo 2', 'DeepSeek'],
  },
  /** `llama3-tokenizer-js`, 128,000 entries. */
  llama3: {
    exact: ['Llama 3, 3.1, 3.2 and 3.3'],
    approximate: ['Hermes 3', 'DeepSeek'],
  },
  /** One token for each byte of UTF-8. */
  bytes: {
    exact: ['pipeline/tiny-byte-lm', 'ByT5'],
    approximate: [],
  },
} as const satisfies Record<string, { exact: readonly string[]; approximate: readonly string[] }>;

export type TokenizerName = keyof typeof TOKENIZERS;

export const TOKENIZER_NAMES = Object.keys(TOKENIZERS) as [TokenizerName, ...TokenizerName[]];

export const DEFAULT_TOKENIZER: TokenizerName = 'o200k_base';

export const isTokenizer = (name: string): name is TokenizerName => Object.hasOwn(TOKENIZERS, name);
