import type { TokenizerName } from '@/domain/datasets/tokenizers';

/** Tokens of a piece of text, counted at once. */
type CountPiece = (piece: string) => number;

/** What looks like a special token in somebody's text is text. */
const AS_TEXT = { disallowedSpecial: new Set<string>() };

/** A vocabulary takes a few megabytes and tens of milliseconds, so it is loaded when it is first asked for. */
const LOADERS: Record<TokenizerName, () => Promise<CountPiece>> = {
  async o200k_base() {
    const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base');
    return (piece) => countTokens(piece, AS_TEXT);
  },
  async cl100k_base() {
    const { countTokens } = await import('gpt-tokenizer/encoding/cl100k_base');
    return (piece) => countTokens(piece, AS_TEXT);
  },
  async llama3() {
    const { default: tokenizer } = await import('llama3-tokenizer-js');
    return (piece) => tokenizer.encode(piece, { bos: false, eos: false }).length;
  },
  bytes: async () => (piece) => Buffer.byteLength(piece),
};

/** Where a text is longer than this it is cut, so that counting a piece takes milliseconds whatever it holds. */
const LONGEST_PIECE = 4_096;
/** A run without a place to cut costs time by its square. */
const LONGEST_RUN = 1_024;
/** A blank between a visible character and a letter begins a token in every vocabulary here, so a cut there is exact. */
const BEFORE_WORD = /(?<=\S)(?= \p{L})/gu;

/** Cuts a text into pieces whose tokens add up to those of the whole. */
export function* piecesOf(text: string): Generator<string> {
  let start = 0;
  while (text.length - start > LONGEST_RUN) {
    const window = text.slice(start, start + LONGEST_PIECE);
    const end = start + cutOf(window);
    yield text.slice(start, end);
    start = end;
  }
  if (start < text.length) yield text.slice(start);
}

/** The last exact cut in a window, else one that does not halve a character. */
function cutOf(window: string): number {
  let cut = 0;
  let before = 0;
  for (const { index } of window.matchAll(BEFORE_WORD)) {
    if (index - before > LONGEST_RUN) break;
    if (index > 0) cut = index;
    before = index;
  }
  if (cut > 0) return cut;
  const end = Math.min(LONGEST_RUN, window.length);
  const halves = /[\uD800-\uDBFF]/.test(window.charAt(end - 1));
  return halves ? end - 1 : end;
}

/** Counts the tokens of texts; `rest` is called between pieces, so that a long text leaves time for others. */
export type CountTokens = (text: string, rest: () => Promise<void> | undefined) => Promise<number>;

/** Loads a tokenizer. */
export async function openTokenizer(name: TokenizerName): Promise<CountTokens> {
  const count = await LOADERS[name]();
  return async (text, rest) => {
    let tokens = 0;
    for (const piece of piecesOf(text)) {
      tokens += count(piece);
      const pause = rest();
      if (pause) await pause;
    }
    return tokens;
  };
}
