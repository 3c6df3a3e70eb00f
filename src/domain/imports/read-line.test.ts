import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cell } from '@/domain/imports/cells';
import type { ImportKind } from '@/domain/imports/columns';
import { NumberText } from '@/domain/imports/json-tree';
import { planColumns } from '@/domain/imports/plan-columns';
import { readLine } from '@/domain/imports/read-line';

const USAGE = {
  external_id: 'run-1',
  user: 'You@Example.com',
  started_at: '2026-11-01T10:00:00Z',
  duration_s: '3600',
  units: '8',
  unit_price: '1.89',
};
const CHARGE = {
  external_id: 'inv-1',
  user: 'team-a',
  recorded_at: '2026-11-01',
  cost_type: 'storage',
  amount: '12.50',
};

function read(kind: ImportKind, cells: Record<string, Cell>, set: [string, string][] = []) {
  return readLine(planColumns({ kind, map: [], set }), 'quarter', (column) => cells[column]);
}
const usage = (cells: Record<string, Cell>) => read('usage', { ...USAGE, ...cells });
const charge = (cells: Record<string, Cell>) => read('charges', { ...CHARGE, ...cells });

describe('a line of usage', () => {
  it('is read with its defaults', () => {
    expect(usage({})).toEqual({
      externalId: 'run-1',
      user: 'you@example.com',
      content: {
        kind: 'usage',
        start: Date.parse('2026-11-01T10:00:00Z'),
        end: Date.parse('2026-11-01T11:00:00Z'),
        units: '8',
        unitPrice: '1.89',
        unit: 'hour',
        phase: null,
        costType: 'compute',
        job: null,
        currency: 'USD',
        tags: {},
        details: null,
      },
    });
  });

  it('is read with everything given', () => {
    const { content } = usage({
      duration_s: undefined,
      ended_at: '2026-11-01T10:30:00+00:00',
      unit: 'minute',
      job: ' llama-ft ',
      cost_type: 'storage',
      phase: 'training',
      currency: 'eur',
      tags: '{"team":"vision"}',
      details: '{"gpu":"H100","count":8}',
    });
    expect(content).toMatchObject({
      end: Date.parse('2026-11-01T10:30:00Z'),
      unit: 'minute',
      job: 'llama-ft',
      costType: 'storage',
      phase: 'training',
      currency: 'EUR',
      tags: { team: 'vision' },
      details: { gpu: 'H100', count: 8 },
    });
  });

  it('takes an end and a duration that agree to the millisecond', () => {
    const { content } = usage({ ended_at: '2026-11-01T11:00:00.001Z', duration_s: '3600.0005' });
    expect(content).toMatchObject({ end: Date.parse('2026-11-01T11:00:00.001Z') });
  });

  it.each<[string, Record<string, Cell>, string]>([
    [
      'an end and a duration that disagree',
      { ended_at: '2026-11-01T11:00:00Z', duration_s: '3599' },
      'disagree: from started_at to ended_at it is 3600 s',
    ],
    ['neither end nor duration', { duration_s: '' }, 'ended_at or duration_s is missing'],
    ['an end before the start', { duration_s: '', ended_at: '2026-11-01T09:59:59Z' }, 'lies before started_at'],
    ['a blank id', { external_id: '  ' }, 'external_id is missing'],
    ['an id that is too long', { external_id: 'x'.repeat(201) }, 'at most 200'],
    ['a line break in the id', { external_id: 'a\nb' }, 'control character'],
    ['a NUL in the id', { external_id: 'a\0b' }, 'NUL'],
    ['units below zero', { units: '-1' }, 'units: -1 is below 0'],
    ['a price below zero', { unit_price: '-0.1' }, 'unit_price: -0.1 is below 0'],
    ['an exponent', { units: '1e5' }, 'units: "1e5" is not a plain decimal'],
    ['NaN', { unit_price: 'NaN' }, 'not a plain decimal'],
    ['Infinity', { unit_price: 'Infinity' }, 'not a plain decimal'],
    ['eleven decimals', { unit_price: '1.00000000001' }, 'not a plain decimal'],
    ['a decimal comma', { unit_price: '1,89' }, 'not a plain decimal'],
    ['an unknown unit', { unit: 'hours' }, 'unit: "hours" is none of second, minute, hour, day, month'],
    ['an unknown phase', { phase: 'thinking' }, 'phase: "thinking" is none of setup'],
    ['a currency that is no code', { currency: 'EURO' }, 'three letters'],
    ['an address that is none', { user: 'me@' }, 'not an e-mail'],
    ['an address with two ats', { user: 'a@b@c' }, 'not an e-mail'],
    ['a cost type that is too long', { cost_type: 'x'.repeat(51) }, 'at most 50'],
    ['a time of ten thousand years', { duration_s: '315360000000' }, 'charges, at most 10000'],
    ['a cost beyond the column', { units: '9999999999', unit_price: '9999999999' }, 'costs more than'],
    ['tags that are no object', { tags: '["a"]' }, 'tags: it must be a JSON object'],
    ['a tag that is no text', { tags: '{"a":1}' }, 'the tag "a" is not a text'],
    [
      '21 tags',
      { tags: JSON.stringify(Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`t${i}`, 'x']))) },
      'at most 20',
    ],
    ['details that are no JSON', { details: '{gpu: H100}' }, 'details: this is not JSON'],
    ['details that are too long', { details: JSON.stringify({ a: 'x'.repeat(20_000) }) }, 'longer than 16384'],
    ['an object where text belongs', { user: { a: 'b' } }, 'neither a text nor a number'],
    ['a truth value where text belongs', { units: true }, 'neither a text nor a number'],
  ])('is refused with %s', (_what, cells, reason) => {
    expect(() => usage(cells)).toThrow(reason);
  });

  it('names every column that is wrong', () => {
    expect(() => usage({ units: 'x', unit_price: 'y', user: '' })).toThrow(
      /user is missing; units: "x" .*; unit_price: "y" /,
    );
  });

  it('keeps a long text short in the reason', () => {
    let reason = '';
    try {
      usage({ units: 'x'.repeat(100_000) });
    } catch (error) {
      reason = (error as Error).message;
    }
    expect(reason.length).toBeLessThan(250);
  });

  it('means the same however its numbers are written', () => {
    expect(usage({ units: '8.000', unit_price: '001.8900000000' })).toEqual(usage({}));
    expect(usage({ units: new NumberText('8.0'), unit_price: new NumberText('1.89') })).toEqual(usage({}));
  });

  it('may take no time and cost nothing', () => {
    expect(usage({ duration_s: '0', unit_price: '-0' }).content).toMatchObject({ unitPrice: '0' });
  });

  it('accepts 20 tags and an id of 200 characters', () => {
    const tags = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`t${i}`, '']));
    expect(usage({ tags: JSON.stringify(tags), external_id: 'x'.repeat(200) }).content.tags).toEqual(tags);
  });
});

describe('a charge', () => {
  it('is read with its defaults', () => {
    expect(charge({})).toEqual({
      externalId: 'inv-1',
      user: 'team-a',
      content: {
        kind: 'charges',
        recordedAt: Date.parse('2026-11-01T00:00:00Z'),
        amount: '12.5',
        billingPeriod: null,
        costType: 'storage',
        job: null,
        currency: 'USD',
        tags: {},
        details: null,
      },
    });
  });

  it.each([
    ['-3.5000000000', '-3.5'],
    ['-0', '0'],
    ['0.0000000001', '0.0000000001'],
    ['9999999999.9999999999', '9999999999.9999999999'],
    ['100', '100'],
  ])('reads the amount %s', (written, amount) => {
    expect(charge({ amount: written }).content).toMatchObject({ amount });
  });

  it.each([
    '1e5',
    '1E400',
    'NaN',
    '-Infinity',
    '+1',
    '1_000',
    '1,000.00',
    '$5',
    '.5',
    '5.',
    '0x1f',
    '１２',
    '1.12345678901',
  ])('refuses the amount %j', (amount) => {
    expect(() => charge({ amount })).toThrow('amount: ');
  });

  it.each(['10000000000', '-10000000000', '9'.repeat(40)])('refuses the amount %s as too large', (amount) => {
    expect(() => charge({ amount })).toThrow('amount: ');
  });

  it('reads a billing period', () => {
    expect(charge({ billing_period: '2026-10-31' }).content).toMatchObject({ billingPeriod: '2026-10-31' });
    expect(() => charge({ billing_period: '2026-10' })).toThrow('billing_period: "2026-10" is not a date');
    expect(() => charge({ billing_period: '2026-02-30' })).toThrow('does not exist');
  });

  it('keeps every amount that fits, exactly', () => {
    const limit = 10n ** 20n - 1n;
    fc.assert(
      fc.property(fc.bigInt({ min: -limit, max: limit }), (tenBillionths) => {
        const size = tenBillionths < 0n ? -tenBillionths : tenBillionths;
        const digits = size.toString().padStart(11, '0');
        const text = `${tenBillionths < 0n ? '-' : ''}${digits.slice(0, -10)}.${digits.slice(-10)}`;
        const { content } = charge({ amount: text });
        const [whole = '', decimals = ''] =
          content.kind === 'charges' ? content.amount.replace('-', '').split('.') : [];
        expect(BigInt(whole + decimals.padEnd(10, '0'))).toBe(size);
      }),
    );
  });

  it('gives a sentence and never an accident for whatever stands in its columns', () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('1e9', '\u0000', '{}', '[]', 'null', '2024-02-30'),
    );
    const row = fc.record({
      external_id: cell,
      user: cell,
      recorded_at: cell,
      cost_type: cell,
      amount: cell,
      tags: cell,
      details: cell,
    });
    fc.assert(
      fc.property(row, (cells) => {
        try {
          charge(cells);
        } catch (error) {
          expect(error).toMatchObject({ name: 'LineFault' });
          expect((error as Error).message).not.toContain('\u0000');
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a value for every line', () => {
  it('takes the place of what the file says', () => {
    const line = read('charges', CHARGE, [
      ['user', 'x@example.com'],
      ['currency', 'eur'],
    ]);
    expect([line.user, line.content.currency]).toEqual(['x@example.com', 'EUR']);
  });

  it('is checked before the file is opened', () => {
    expect(() => read('usage', USAGE, [['unit_price', '1e5']])).toThrow(
      '--set unit_price: "1e5" is not a plain decimal',
    );
    expect(() => read('usage', USAGE, [['started_at', 'now']])).toThrow('--set started_at');
  });
});
