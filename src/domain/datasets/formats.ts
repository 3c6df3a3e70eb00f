/** How the rows of a dataset are written; each has its own names. */
export const FORMATS = ['messages', 'conversations', 'instruction', 'prompt_completion', 'text'] as const;
export type DatasetFormat = (typeof FORMATS)[number];

/** What people call them. */
export const FORMAT_LABELS: Readonly<Record<DatasetFormat, string>> = {
  messages: 'chat (messages)',
  conversations: 'ShareGPT (conversations)',
  instruction: 'Alpaca (instruction, input, output)',
  prompt_completion: 'prompt and completion',
  text: 'plain text (text)',
};

/** What a trainer learns from: to continue `prompt` with `answer`. The prompt of plain text is empty. */
export type Example = { readonly prompt: string; readonly answer: string };

/** Why a row cannot be used; `empty` where only its answer is missing, `unicode` where its text cannot be kept. */
export type RowFault = { readonly fault: string; readonly kind: 'form' | 'empty' | 'unicode' };

type Row = { readonly [name: string]: unknown };

const form = (fault: string): RowFault => ({ fault, kind: 'form' });

export const isFault = (read: Example | RowFault): read is RowFault => 'fault' in read;

/** The format whose names a row has, the most telling first; null where it has none of them. */
export function formatOf(row: unknown): DatasetFormat | null {
  if (!isRow(row)) return null;
  if (has(row, 'messages')) return 'messages';
  if (has(row, 'conversations')) return 'conversations';
  if (has(row, 'instruction') && has(row, 'output')) return 'instruction';
  if (has(row, 'prompt') && has(row, 'completion')) return 'prompt_completion';
  return has(row, 'text') ? 'text' : null;
}

/** Reads a row of a known format. Names that the format does not know are passed over. */
export function readRow(row: unknown, format: DatasetFormat): Example | RowFault {
  if (!isRow(row)) return form('the line is no JSON object; write one {…} per line');
  const read = READERS[format](row);
  if (isFault(read)) return read;
  const unsound = [read.prompt, read.answer].map(textFault).find((fault) => fault !== null);
  if (unsound) return { fault: unsound, kind: 'unicode' };
  if (read.answer.trim() === '') return { fault: `${ANSWERS[format]} is empty`, kind: 'empty' };
  return read;
}

const ANSWERS: Readonly<Record<DatasetFormat, string>> = {
  messages: 'the last message of the assistant',
  conversations: 'the last value from gpt',
  instruction: '"output"',
  prompt_completion: '"completion"',
  text: '"text"',
};

const READERS: Readonly<Record<DatasetFormat, (row: Row) => Example | RowFault>> = {
  messages: (row) => readTurns(row.messages, { list: 'messages', who: 'role', what: 'content' }),
  conversations: (row) => readTurns(row.conversations, { list: 'conversations', who: 'from', what: 'value' }),
  instruction(row) {
    const { instruction, input = '', output } = row;
    if (typeof instruction !== 'string') return form(absent('instruction', instruction));
    if (typeof input !== 'string' && input !== null) return form('"input" is no text');
    if (typeof output !== 'string') return form(absent('output', output));
    const prompt = [instruction, input ?? ''].filter((part) => part.trim() !== '').join('\n\n');
    return prompt === '' ? form('"instruction" is empty') : { prompt, answer: output };
  },
  prompt_completion({ prompt, completion }) {
    if (typeof prompt !== 'string') return form(absent('prompt', prompt));
    return typeof completion === 'string' ? { prompt, answer: completion } : form(absent('completion', completion));
  },
  text: ({ text }) => (typeof text === 'string' ? { prompt: '', answer: text } : form(absent('text', text))),
};

const SPEAKERS: Readonly<Record<string, 'system' | 'user' | 'assistant' | 'tool'>> = {
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

type TurnNames = { readonly list: string; readonly who: string; readonly what: string };
type Turn = { readonly speaker: string; readonly text: string };

/** A conversation: the last turn of the assistant is the answer, what came before it the prompt. */
function readTurns(list: unknown, names: TurnNames): Example | RowFault {
  if (!Array.isArray(list) || list.length === 0) return form(`"${names.list}" is no list of turns`);
  const turns: Turn[] = [];
  for (const [index, turn] of list.entries()) {
    const read = readTurn(turn, names, `${names.list}[${index}]`);
    if ('fault' in read) return read;
    turns.push(read);
  }
  const last = turns.findLastIndex(({ speaker }) => speaker === 'assistant');
  const answer = turns[last];
  if (!answer) return form(`"${names.list}" has no turn of the assistant to learn from`);
  const before = turns.slice(0, last);
  const [only, ...others] = before;
  if (only && others.length === 0 && only.speaker === 'user') return { prompt: only.text, answer: answer.text };
  return { prompt: before.map(({ speaker, text }) => `${speaker}: ${text}`).join('\n\n'), answer: answer.text };
}

function readTurn(turn: unknown, names: TurnNames, place: string): Turn | RowFault {
  if (!isRow(turn)) return form(`${place} is no object`);
  const who = turn[names.who];
  const speaker = typeof who === 'string' && Object.hasOwn(SPEAKERS, who) ? SPEAKERS[who] : undefined;
  if (!speaker) return form(`${place}.${names.who} is none of ${Object.keys(SPEAKERS).join(', ')}`);
  const text = textOf(turn[names.what]);
  return text === null ? form(`${place}.${names.what} is no text`) : { speaker, text };
}

/** A text, or a list of parts that are all text; null content is what a turn that only calls tools has. */
function textOf(content: unknown): string | null {
  if (typeof content === 'string') return content;
  if (content === null) return '';
  if (!Array.isArray(content)) return null;
  const texts = content.map((part) => (isRow(part) && part.type === 'text' ? part.text : null));
  return texts.every((text) => typeof text === 'string') ? texts.join('') : null;
}

function textFault(text: string): string | null {
  if (text.includes('\0')) return 'the text holds a NUL character';
  return text.isWellFormed() ? null : 'the text holds half of a surrogate pair';
}

const absent = (name: string, value: unknown): string => `"${name}" is ${value === undefined ? 'missing' : 'no text'}`;

const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);

const has = (row: Row, name: string): boolean => Object.hasOwn(row, name);
