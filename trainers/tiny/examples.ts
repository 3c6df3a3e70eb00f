import type { Role, Turn } from './tokens.ts';

type Row = Readonly<Record<string, unknown>>;
type Reader = (row: Row) => Turn[] | null;

const filled = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

/** What the writers of datasets call who speaks. */
const ROLES: Readonly<Record<string, Role>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  gpt: 'assistant',
  model: 'assistant',
  tool: 'tool',
  function: 'tool',
};

/** The text of a message: as it stands, of its parts where all are text, or none where it only calls tools. */
function contentOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  if (!Array.isArray(value)) return null;
  const texts = value.map((part: Row | null) => (part?.type === 'text' ? part.text : null));
  return texts.every((text) => typeof text === 'string') ? texts.join('') : null;
}

/** A conversation in which every answer is learned; null where a turn is unreadable or no answer says anything. */
function conversation(value: unknown, role: string, content: string): Turn[] | null {
  if (!Array.isArray(value)) return null;
  const turns: Turn[] = [];
  for (const message of value as (Row | null)[]) {
    const who = message?.[role];
    const text = contentOf(message?.[content]);
    if (typeof who !== 'string' || !Object.hasOwn(ROLES, who) || text === null) return null;
    turns.push({ role: ROLES[who], text, learned: ROLES[who] === 'assistant' && filled(text) });
  }
  return turns.some(({ learned }) => learned) ? turns : null;
}

function answered(prompt: string, answer: unknown): Turn[] | null {
  if (!filled(answer)) return null;
  return [
    { role: 'user', text: prompt, learned: false },
    { role: 'assistant', text: answer, learned: true },
  ];
}

function instructed({ instruction, input, output }: Row): Turn[] | null {
  const prompt = [instruction, input ?? ''].filter(filled);
  return typeof instruction === 'string' && prompt.length > 0 ? answered(prompt.join('\n\n'), output) : null;
}

/** By the names that the order uses. */
const READERS: Readonly<Record<string, Reader>> = {
  messages: ({ messages }) => conversation(messages, 'role', 'content'),
  conversations: ({ conversations }) => conversation(conversations, 'from', 'value'),
  instruction: instructed,
  prompt_completion: ({ prompt, completion }) => (typeof prompt === 'string' ? answered(prompt, completion) : null),
  text: ({ text }) => (filled(text) ? [{ role: null, text, learned: true }] : null),
};

/**
 * How rows of a format are read: into turns, or null for a row that is none of that format.
 *
 * @returns null for a format that nobody knows
 */
export const readerOf = (format: string): Reader | null => (Object.hasOwn(READERS, format) ? READERS[format] : null);
