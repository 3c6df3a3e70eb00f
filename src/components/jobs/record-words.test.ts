import { describe, expect, it } from 'vitest';
import {
  attemptNumbers,
  formulaText,
  inReadingOrder,
  partAgrees,
  partFormula,
  plainFactor,
  readDetails,
  sourceName,
} from '@/components/jobs/record-words';
import type { CostPart, JobCosts } from '@/domain/ledger/schema';
import type { JobAttempt } from '@/domain/training/schema';

const numbers = attemptNumbers([{ id: 'a1', number: 1 } as JobAttempt, { id: 'a2', number: 2 } as JobAttempt]);
const details = {
  quantity_ms: 12_000,
  billed_ms: 12_345,
  units: '1',
  unit: 'hour',
  unit_price: '0.1000000000',
  price_version: 'local/this-machine/1',
  first_step: 3,
  last_step: 9,
};
const part: CostPart = {
  source: 'attempt:a1',
  cost_type: 'compute',
  currency: 'USD',
  records: 2,
  amount_exact: '0.0003429167',
  billed_ms: 12_345,
  units: '1',
  unit: 'hour',
  unit_price: '0.1000000000',
  price_version: 'v1',
  computed_exact: '0.0003429167',
};

describe('what explains a record', () => {
  it.each([
    ['attempt:a2', 'compute', 'Attempt 2, compute'],
    ['artifact:x', 'storage', 'Adapter, storage'],
    ['import:philly:7', 'platform_fee', 'Imported, platform fee'],
    ['legacy:9', 'compute', 'Compute'],
  ])('calls %s %s', (source, type, name) => {
    expect(sourceName(source, type, numbers)).toBe(name);
  });

  it('stands in the order of the phases within a quarter-hour, and of time beyond it', () => {
    const record = (at: string, phase: string | null) => ({ recorded_at: at, phase }) as JobCosts['records'][number];
    const [early, late] = ['2026-01-01T00:00:00+00:00', '2026-01-01T00:15:00+00:00'];
    const records = [record(early, 'saving'), record(early, 'setup'), record(early, 'training'), record(late, 'setup')];
    expect(inReadingOrder(records).map(({ phase }) => phase)).toEqual(['setup', 'training', 'saving', 'setup']);
    expect(records[0]?.phase).toBe('saving');
  });

  it('is read from its details, and from nothing else', () => {
    const read = readDetails(details);
    expect(read).toEqual({ billedMs: 12_345, units: '1', unit: 'hour', unitPrice: '0.1000000000', steps: [3, 9] });
    expect(readDetails({ ...details, first_step: null })?.steps).toBeNull();
    for (const other of [null, 'text', {}, { ...details, unit_price: 'free' }, { ...details, billed_ms: '12' }]) {
      expect(readDetails(other)).toBeNull();
    }
  });

  it('is written as time × price', () => {
    const { billed_ms: billedMs, units, unit, unit_price: unitPrice } = details;
    expect(formulaText({ billedMs, units, unit, unitPrice }, 'USD')).toBe('12,345 ms × 0.10 USD per hour');
    expect(formulaText({ billedMs, units: '0.0004628480', unit: 'month', unitPrice: '0.02' }, 'EUR')).toBe(
      '12,345 ms × 0.000462848 × 0.02 EUR per month',
    );
  });

  it.each([
    ['1', '1'],
    ['2.0000000000', '2'],
    ['0.5000000000', '0.5'],
    ['1234.25', '1,234.25'],
  ])('writes the factor %s as %s', (text, shown) => {
    expect(plainFactor(text)).toBe(shown);
  });

  it('tells whether a sum is what its time costs', () => {
    expect(partFormula(part)).toBe('12,345 ms × 0.10 USD per hour');
    expect(partAgrees(part)).toBe(true);
    expect(partAgrees({ ...part, computed_exact: '0.0003429168' })).toBe(false);
    expect(partAgrees({ ...part, computed_exact: null })).toBeNull();
    expect(partFormula({ ...part, billed_ms: null })).toBeNull();
  });
});
