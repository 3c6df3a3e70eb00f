/** Quotes a word for a shell where it holds more than harmless characters. */
const shellWord = (word: string): string => (/^[\w@.+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** The command that brings the example's charges to this account; to be run in the product's folder. */
export const importCommand = (user: string): string =>
  `npm run pipeline -- import charges examples/charges.csv --set user=${shellWord(user)}`;
