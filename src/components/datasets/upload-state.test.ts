import { describe, expect, it } from 'vitest';
import { doneText, nameOfFile, sendingText, sentShare } from '@/components/datasets/upload-state';
import type { DatasetAdded } from '@/domain/datasets/schema';

const added = { name: 'tickets', status: 'ready', already_there: false } as DatasetAdded;

describe('an upload', () => {
  it('says how much has left, and that this is not all', () => {
    expect(sendingText({ sent: 500_000, total: 2_000_000 })).toBe('500 kB of 2 MB sent, 25 %');
    expect(sendingText({ sent: 2_000_000, total: 2_000_000 })).toBe('All sent; the server is keeping it');
  });

  it('has sent nothing of a size that is not known', () => {
    expect(sentShare({ sent: 10, total: 0 })).toBe(0);
    expect(sentShare({ sent: 12, total: 10 })).toBe(1);
  });

  it('says kindly that the content was there already', () => {
    expect(doneText(added)).toBe('“tickets” was uploaded and is being checked.');
    expect(doneText({ ...added, already_there: true })).toMatch(
      /^You have this content already, as “tickets”, and it is ready\./,
    );
    expect(doneText({ ...added, already_there: true, status: 'validating' })).toMatch(
      /as “tickets”\. Nothing was added/,
    );
  });

  it.each([
    ['train.jsonl', 'train'],
    ['train.v2.jsonl.gz', 'train.v2'],
    ['.jsonl', '.jsonl'],
    ['notes', 'notes'],
  ])('names what %s holds %s', (file, name) => {
    expect(nameOfFile(file)).toBe(name);
  });
});
