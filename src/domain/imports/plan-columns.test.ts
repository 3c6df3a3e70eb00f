import { describe, expect, it } from 'vitest';
import type { ImportKind } from '@/domain/imports/columns';
import { matchHeader, planColumns } from '@/domain/imports/plan-columns';

type Pairs = [string, string][];
const plan = (kind: ImportKind, map: Pairs = [], set: Pairs = []) => planColumns({ kind, map, set });
const match = (header: string[], map: Pairs = [], set: Pairs = []) => matchHeader(plan('usage', map, set), header);

const HEADER = ['external_id', 'user', 'started_at', 'ended_at', 'units', 'unit_price'];

describe('columns', () => {
  it('are taken by their own names, and the others are listed', () => {
    expect(match([...HEADER, 'colour', 'shape'])).toEqual(['colour', 'shape']);
  });

  it('may come from columns of other names', () => {
    const header = ['job_id', 'tenant', 'started_at', 'ended_at', 'gpus', 'seconds'];
    const map: Pairs = [
      ['tenant', 'user'],
      ['job_id', 'external_id'],
      ['gpus', 'units'],
    ];
    expect(match(header, map, [['unit_price', '1.89']])).toEqual(['seconds']);
  });

  it('may share one column of the file', () => {
    const { sources } = plan('usage', [
      ['id', 'external_id'],
      ['id', 'job'],
    ]);
    expect([sources.get('external_id'), sources.get('job')]).toEqual(['id', 'id']);
  });

  it('lose a column of their own name that is sent elsewhere', () => {
    expect(plan('usage', [['user', 'job']]).sources.has('user')).toBe(false);
  });

  it('list a column of their own name as not used when another one is sent there', () => {
    expect(match([...HEADER, 'tenant'], [['tenant', 'user']])).toEqual(['user']);
    expect(match(HEADER, [], [['user', 'x']])).toEqual(['user']);
  });

  it('are satisfied by a duration in place of an end', () => {
    expect(match(HEADER.map((name) => (name === 'ended_at' ? 'duration_s' : name)))).toEqual([]);
  });

  it.each<[string, () => unknown, string]>([
    [
      'a column of theirs that is not there',
      () => match(HEADER, [['tenat', 'user']]),
      'has no column "tenat". It has: "external_id"',
    ],
    ['a column of ours that is unknown', () => plan('usage', [['a', 'colour']]), '"colour" is no column of usage'],
    ['a column of the other kind', () => plan('usage', [['a', 'amount']]), '"amount" is no column of usage'],
    ['a name from a prototype', () => plan('usage', [['a', 'toString']]), '"toString" is no column of usage'],
    [
      'two columns for one of ours',
      () =>
        plan('usage', [
          ['a', 'user'],
          ['b', 'user'],
        ]),
      'gives user twice',
    ],
    [
      'a column and a value for one of ours',
      () => plan('usage', [['a', 'user']], [['user', 'x']]),
      'Both --map and --set give user',
    ],
    [
      'two values for one of ours',
      () =>
        plan(
          'usage',
          [],
          [
            ['user', 'x'],
            ['user', 'y'],
          ],
        ),
      'gives user twice',
    ],
    ['a value without text', () => plan('usage', [], [['user', ' ']]), 'no value after the equals sign'],
    ['one id for every line', () => plan('usage', [], [['external_id', 'x']]), 'every line needs an id of its own'],
    ['a value for an unknown column', () => plan('charges', [], [['units', '1']]), '"units" is no column of charges'],
    [
      'no user',
      () => match(HEADER.filter((name) => name !== 'user')),
      'no column user: say which column holds it (--map theirs=user) or give every line the same one (--set user=…)',
    ],
    ['no id', () => match(HEADER.slice(1)), 'no column external_id'],
    ['no end', () => match(HEADER.filter((name) => name !== 'ended_at')), 'no column ended_at or duration_s'],
    ['a used column twice', () => match([...HEADER, 'user']), 'the column "user" twice'],
  ])('are refused with %s', (_what, act, sentence) => {
    expect(act).toThrow(sentence);
  });

  it('may stand there twice where they are not used', () => {
    expect(match([...HEADER, 'note', 'note'])).toEqual(['note']);
  });
});
