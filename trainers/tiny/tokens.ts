/** After a token for each of the 256 bytes come eight marks, of which one is spare. */
export const PADDING = 256;
export const BEGINNING = 257;
export const END = 258;
const ROLES = { system: 259, user: 260, assistant: 261, tool: 262 } as const;
export type Role = keyof typeof ROLES;

/** A piece of an example: who says it (null: plain text), and whether the model is to learn to say it. */
export interface Turn {
  readonly role: Role | null;
  readonly text: string;
  readonly learned: boolean;
}

/** What the model reads, and which of its tokens it is to learn to predict (1) or only reads (0). */
export interface Sequence {
  readonly tokens: Uint16Array;
  readonly learned: Uint8Array;
}

/** Of a prompt that has to be cut, this part of the context is kept before the answer. */
const PROMPT_SHARE = 1 / 4;

/**
 * Where to cut an example longer than the context: at the end of the prompt rather than of the answer. A cut answer
 * keeps a quarter of the context of its prompt, the part that comes last.
 */
function cutFrom(learned: Uint8Array, longest: number): number {
  const answer = learned.indexOf(1);
  return Math.max(0, Math.min(answer - Math.floor(longest * PROMPT_SHARE), learned.length - longest));
}

/** An example as tokens, of any length. */
export function encode(turns: readonly Turn[]): Sequence {
  const tokens: number[] = [BEGINNING];
  const learned: number[] = [0];
  for (const turn of turns) {
    if (turn.role !== null) {
      tokens.push(ROLES[turn.role]);
      learned.push(0);
    }
    for (const byte of Buffer.from(turn.text, 'utf8')) tokens.push(byte);
    tokens.push(END);
    while (learned.length < tokens.length) learned.push(turn.learned ? 1 : 0);
  }
  return { tokens: Uint16Array.from(tokens), learned: Uint8Array.from(learned) };
}

/** At most `longest` tokens of a sequence; null where none of them is to be learned. */
export function cut(sequence: Sequence, longest: number): Sequence | null {
  const from = sequence.tokens.length > longest ? cutFrom(sequence.learned, longest) : 0;
  const learned = sequence.learned.slice(from, from + longest);
  // The first token is never predicted: nothing comes before it.
  return learned.includes(1, 1) ? { tokens: sequence.tokens.slice(from, from + longest), learned } : null;
}

/** Tokens of a sequence that count in its loss. */
export function learnedTokens({ learned }: Sequence): number {
  let count = 0;
  for (let at = 1; at < learned.length; at++) count += learned[at];
  return count;
}
