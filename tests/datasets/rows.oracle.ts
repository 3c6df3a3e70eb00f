import { readFileSync } from 'node:fs';

export interface Counted {
  readonly rows: number;
  readonly duplicates: number;
  readonly empty: number;
  readonly pairs: readonly (readonly [prompt: string, answer: string])[];
}

/** Rows, repetitions and empty outputs of a file of instruction, input and output, counted the plain way. */
export function countInstructions(file: string): Counted {
  const rows = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { instruction: string; input: string; output: string });
  const full = rows.filter(({ output }) => /\S/.test(output));
  const pairs = full.map(({ instruction, input, output }) => {
    const parts = [];
    if (/\S/.test(instruction)) parts.push(instruction);
    if (/\S/.test(input)) parts.push(input);
    return [parts.join('\n\n'), output] as const;
  });
  const different = new Set(pairs.map((pair) => JSON.stringify(pair)));
  return { rows: full.length, duplicates: pairs.length - different.size, empty: rows.length - full.length, pairs };
}
