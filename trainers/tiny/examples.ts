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
  chatgpt: 'assistant',
  model: 'assistant',
  bot: 'assistant',
  tool: 'tool',
  function: 'tool',
  observation: 'tool',
};

/** The text of a message: as it stands, or of its parts that are text. */
function contentOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return null;
  const texts = value.map((part: unknown) => (part as { text?: unknown } | null)?.text);
  return texts.every((text) => typeof text === 'string') ? texts.join('') : null;
}

/** A conversation in which every answer is learned; null where a turn is unreadable or no answer says anything. */
function conversation(value: unknown, role: string, content: string): Turn[] | null {
  if (!Array.isArray(value)) return null;
  const turns: Turn[] = [];
  for (const message of value as (Row | null)[]) {
    const who = ROLES[String(message?.[role]).toLowerCase()];
    const text = contentOf(message?.[content]);
    if (who === undefined || text === null) return null;
    turns.push({ role: who, text, learned: who === 'assistant' && filled(text) });
  }
  return turns.some(({ learned }) => learned) ? turns : null;
}

function answered(prompt: unknown, answer: unknown): Turn[] | null {
  if (!filled(prompt) || !filled(answer)) return null;
  return [
    { role: 'user', text: prompt, learned: false },
    { role: 'assistant', text: answer, learned: true },
  ];
}

function alpaca({ instruction, input, output }: Row): Turn[] | null {
  return answered(filled(instruction) && filled(input) ? `${instruction}\n\n${input}` : instruction, output);
}

const READERS: Readonly<Record<string, Reader>> = {
  messages: ({ messages }) => conversation(messages, 'role', 'content'),
  sharegpt: ({ conversations }) => conversation(conversations, 'from', 'value'),
  alpaca,
  promptcompletion: ({ prompt, completion }) => answered(prompt, completion),
  text: ({ text }) => (filled(text) ? [{ role: null, text, learned: true }] : null),
};
const ALSO: Readonly<Record<string, string>> = {
  chat: 'messages',
  chatmessages: 'messages',
  openai: 'messages',
  conversations: 'sharegpt',
  instruction: 'alpaca',
  plaintext: 'text',
};

/**
 * How rows of a format are read: into turns, or null for a row that is none of that format.
 *
 * @returns null for a format that nobody knows
 */
export function readerOf(format: string): Reader | null {
  const name = format.toLowerCase().replaceAll(/[^a-z]/g, '');
  const key = ALSO[name] ?? name;
  return Object.hasOwn(READERS, key) ? READERS[key] : null;
}
