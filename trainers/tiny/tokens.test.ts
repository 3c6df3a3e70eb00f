import { describe, expect, it } from 'vitest';
import { TINY } from './shape.ts';
import { BEGINNING, cut, END, encode, learnedTokens } from './tokens.ts';

const example = (prompt: string, answer: string) =>
  encode([
    { role: 'user', text: prompt, learned: false },
    { role: 'assistant', text: answer, learned: true },
  ]);

describe('an example as tokens', () => {
  it('is bytes between marks; the answer and its end are learned, the prompt is not', () => {
    const { tokens, learned } = example('é', 'ok');
    expect([...tokens]).toEqual([BEGINNING, 260, 0xc3, 0xa9, END, 261, 0x6f, 0x6b, END]);
    expect([...learned]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1]);
    expect(Math.max(...tokens)).toBeLessThan(TINY.vocabulary);
  });

  it('stays whole where it fits', () => {
    const whole = example('question', 'answer');
    expect(cut(whole, whole.tokens.length)).toEqual(whole);
  });

  it('loses the beginning of a long prompt, and nothing of a short answer', () => {
    const kept = cut(example('p'.repeat(500), 'answer'), 64);
    expect(kept?.tokens).toHaveLength(64);
    expect(Buffer.from([...(kept?.tokens ?? [])].slice(-7, -1)).toString()).toBe('answer');
    expect(kept && learnedTokens(kept)).toBe(7);
  });

  it('loses the end of a long answer, and keeps a quarter of the context of its prompt', () => {
    const kept = cut(example('p'.repeat(500), 'a'.repeat(500)), 64);
    expect(kept?.tokens).toHaveLength(64);
    expect(kept && learnedTokens(kept)).toBe(48);
  });

  it('is nothing where nothing is learned', () => {
    expect(cut(encode([{ role: 'user', text: 'x', learned: false }]), 64)).toBeNull();
  });
});
