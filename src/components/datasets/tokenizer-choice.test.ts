import { expect, it } from 'vitest';
import { tokenizerWarning } from '@/components/datasets/tokenizer-choice';

const tokenizers = [
  { name: 'bytes', exact: ['own/bytes'] },
  { name: 'llama3', exact: ['Llama 3'] },
];

it('warns where the tokens of a dataset are not those of the model', () => {
  expect(tokenizerWarning(tokenizers, { baseModel: 'own/bytes', tokenizer: 'llama3' })).toMatch(
    /counted by llama3, but own\/bytes reads by bytes/,
  );
});

it('says nothing where they are, or where nobody knows', () => {
  expect(tokenizerWarning(tokenizers, { baseModel: 'own/bytes', tokenizer: 'bytes' })).toBeNull();
  expect(tokenizerWarning(tokenizers, { baseModel: 'own/bytes', tokenizer: null })).toBeNull();
  expect(tokenizerWarning(tokenizers, { baseModel: 'another', tokenizer: 'bytes' })).toBeNull();
});
