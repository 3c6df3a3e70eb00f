import { describe, expect, it } from 'vitest';
import { readerOf } from './examples.ts';

const user = (text: string) => ({ role: 'user', text, learned: false });
const assistant = (text: string) => ({ role: 'assistant', text, learned: true });
const read = (format: string, row: Record<string, unknown>) => readerOf(format)?.(row);

describe('a row', () => {
  it('of chat messages becomes turns, of which the answers are learned', () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Two and ' },
          { type: 'text', text: 'two?' },
        ],
      },
      { role: 'assistant', content: 'Four.' },
    ];
    expect(read('messages', { messages })).toEqual([
      { role: 'system', text: 'Be brief.', learned: false },
      user('Two and two?'),
      assistant('Four.'),
    ]);
  });

  it('of ShareGPT conversations too', () => {
    const conversations = [
      { from: 'human', value: 'Hello' },
      { from: 'gpt', value: 'Hi' },
    ];
    expect(read('conversations', { conversations })).toEqual([user('Hello'), assistant('Hi')]);
  });

  it('of Alpaca joins instruction and input', () => {
    expect(read('instruction', { instruction: 'Add.', input: '1, 2', output: '3' })).toEqual([
      user('Add.\n\n1, 2'),
      assistant('3'),
    ]);
    expect(read('instruction', { instruction: 'Sing.', input: '', output: 'La' })).toEqual([
      user('Sing.'),
      assistant('La'),
    ]);
  });

  it('of prompt and completion, and of plain text', () => {
    expect(read('prompt_completion', { prompt: 'a', completion: 'b' })).toEqual([user('a'), assistant('b')]);
    expect(read('text', { text: 'once' })).toEqual([{ role: null, text: 'once', learned: true }]);
  });

  it.each([
    ['messages', { messages: 'Hello' }],
    ['messages', { messages: [null] }],
    ['messages', { messages: [{ role: 'constructor', content: 'x' }] }],
    ['messages', { messages: [{ role: 'user', content: 'alone' }] }],
    ['messages', { messages: [{ role: 'assistant', content: '  ' }] }],
    ['messages', { messages: [{ role: 'assistant', content: [{ type: 'image' }] }] }],
    ['conversations', { messages: [] }],
    ['instruction', { instruction: 'x', output: '' }],
    ['instruction', { instruction: 7, output: 'y' }],
    ['prompt_completion', { prompt: 'x' }],
    ['prompt_completion', { prompt: null, completion: 'x' }],
    ['text', { text: ' ' }],
    ['text', {}],
  ])('that is no %s is null: %j', (format, row) => {
    expect(read(format, row)).toBeNull();
  });

  it('of a format that nobody knows has no reader', () => {
    expect(readerOf('csv')).toBeNull();
    expect(readerOf('toString')).toBeNull();
  });
});
