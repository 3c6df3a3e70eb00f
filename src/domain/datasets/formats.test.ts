import { describe, expect, test } from 'vitest';
import { type DatasetFormat, FORMATS, formatOf, readRow } from './formats';

const GOOD: readonly [DatasetFormat, object, { prompt: string; answer: string }][] = [
  ['text', { text: 'a tale' }, { prompt: '', answer: 'a tale' }],
  ['prompt_completion', { prompt: 'a', completion: 'b' }, { prompt: 'a', answer: 'b' }],
  ['prompt_completion', { prompt: '', completion: 'b' }, { prompt: '', answer: 'b' }],
  ['instruction', { instruction: 'add', input: '1 2', output: '3' }, { prompt: 'add\n\n1 2', answer: '3' }],
  ['instruction', { instruction: 'greet', input: '', output: 'hi' }, { prompt: 'greet', answer: 'hi' }],
  ['instruction', { instruction: 'greet', output: 'hi', id: 7 }, { prompt: 'greet', answer: 'hi' }],
  ['instruction', { instruction: 'greet', input: null, output: 'hi' }, { prompt: 'greet', answer: 'hi' }],
  [
    'messages',
    {
      messages: [
        { role: 'user', content: 'q' },
        { role: 'assistant', content: 'a' },
      ],
    },
    { prompt: 'q', answer: 'a' },
  ],
  [
    'messages',
    {
      messages: [
        { role: 'system', content: 's' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'q' },
            { type: 'text', text: '!' },
          ],
        },
        { role: 'assistant', content: null, tool_calls: [] },
        { role: 'tool', content: '5' },
        { role: 'assistant', content: 'a' },
        { role: 'user', content: 'thanks' },
      ],
    },
    { prompt: 'system: s\n\nuser: q!\n\nassistant: \n\ntool: 5', answer: 'a' },
  ],
  [
    'conversations',
    {
      conversations: [
        { from: 'human', value: 'q' },
        { from: 'gpt', value: 'a' },
      ],
    },
    { prompt: 'q', answer: 'a' },
  ],
];

test.each(GOOD)('%s is recognised and read: %j', (format, row, example) => {
  expect(formatOf(row)).toBe(format);
  expect(readRow(row, format)).toEqual(example);
});

describe('a bad row says why', () => {
  test.each<[DatasetFormat, unknown, RegExp]>([
    ['messages', { messages: [] }, /no list of turns/],
    ['messages', { messages: 'hello' }, /no list of turns/],
    ['messages', { messages: [null] }, /messages\[0\] is no object/],
    ['messages', { messages: [{ role: 'robot', content: 'x' }] }, /messages\[0\]\.role is none of/],
    ['messages', { messages: [{ role: 'constructor', content: 'x' }] }, /messages\[0\]\.role is none of/],
    ['messages', { messages: [{ role: 'user', content: 5 }] }, /messages\[0\]\.content is no text/],
    ['messages', { messages: [{ role: 'user', content: [{ type: 'image' }] }] }, /messages\[0\]\.content is no text/],
    ['messages', { messages: [{ role: 'user', content: 'x' }] }, /no turn of the assistant/],
    ['messages', { messages: [{ role: 'assistant', content: '  ' }] }, /last message of the assistant is empty/],
    ['conversations', { conversations: [{ from: 'gpt' }] }, /conversations\[0\]\.value is no text/],
    ['instruction', { instruction: ' ', input: '', output: 'x' }, /"instruction" is empty/],
    ['instruction', { instruction: 'x', input: 5, output: 'x' }, /"input" is no text/],
    ['instruction', { instruction: 'x' }, /"output" is missing/],
    ['text', { text: '\n' }, /"text" is empty/],
    ['text', [], /no JSON object/],
  ])('%s: %j', (format, row, reason) => {
    expect(readRow(row, format)).toMatchObject({ fault: expect.stringMatching(reason) });
  });

  test.each(FORMATS)('%s: NUL and half a surrogate pair, wherever they stand', (format) => {
    for (const bad of ['x\0', '\ud800', 'x\udc00y']) {
      const rows: Record<DatasetFormat, object> = {
        messages: {
          messages: [
            { role: 'user', content: bad },
            { role: 'assistant', content: 'a' },
          ],
        },
        conversations: {
          conversations: [
            { from: 'human', value: 'q' },
            { from: 'gpt', value: bad },
          ],
        },
        instruction: { instruction: 'x', input: bad, output: 'y' },
        prompt_completion: { prompt: bad, completion: 'x' },
        text: { text: bad },
      };
      expect(readRow(rows[format], format)).toMatchObject({ kind: 'unicode' });
    }
  });
});

test.each([null, 5, 'x', [], {}, { text_: 'x' }, { instruction: 'x' }, { prompt: 'x' }])(
  '%j is of no format',
  (row) => {
    expect(formatOf(row)).toBeNull();
  },
);
