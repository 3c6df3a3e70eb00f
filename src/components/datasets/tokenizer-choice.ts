/** Something that tokens are counted by. */
export interface TokenizerChoice {
  name: string;
  /** The models and model families whose tokens it counts exactly. */
  exact: readonly string[];
}

/** What to say where a dataset was counted by another tokenizer than the model reads by; null where nothing is known to be off. */
export function tokenizerWarning(
  tokenizers: readonly TokenizerChoice[],
  { baseModel, tokenizer }: { baseModel: string; tokenizer: string | null },
): string | null {
  const own = tokenizers.find(({ exact }) => exact.includes(baseModel));
  if (own === undefined || tokenizer === null || own.name === tokenizer) return null;
  return (
    `Its tokens were counted by ${tokenizer}, but ${baseModel} reads by ${own.name}: ` +
    'the real number, time and cost may be several times the estimate. Upload it again with that choice for a better one.'
  );
}
