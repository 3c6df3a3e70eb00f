import { createTestDatabase, type TestDatabase } from '@tests/support/database';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { costOf, type TimeUnit, UNIT_MS } from '@/domain/metering/price';
import { formatMoney } from '@/lib/money';

/**
 * The cost rule in SQL: `round(units × ms × unit_price / unit_ms, 10)`, half away from zero, rounded once.
 *
 * `round(a / b, 10)` is not that: numeric division rounds its quotient first, and the second rounding then goes wrong
 * just below a tie. `div` cuts an exact quotient towards zero, so adding half of the divisor, with the sign, rounds once.
 */
const COST = `
  div(2 * c.units * c.unit_price * c.ms * 10000000000 + sign(c.unit_price) * c.unit_ms, 2 * c.unit_ms) * 0.0000000001`;

interface Case {
  units: string;
  unitPrice: string;
  ms: number;
  unit: TimeUnit;
}

let db: TestDatabase;

beforeAll(async () => {
  db = await createTestDatabase();
});

afterAll(async () => {
  await db.drop();
});

async function sqlCosts(expression: string, cases: readonly Case[]): Promise<string[]> {
  const { rows } = await db.admin.query<{ cost: string }>(
    `select round(${expression}, 10)::text as cost
     from unnest($1::numeric[], $2::numeric[], $3::bigint[], $4::bigint[]) with ordinality c (units, unit_price, ms, unit_ms, n)
     order by c.n`,
    [
      cases.map((c) => c.units),
      cases.map((c) => c.unitPrice),
      cases.map((c) => c.ms),
      cases.map((c) => UNIT_MS[c.unit]),
    ],
  );
  return rows.map((row) => row.cost);
}

const ours = ({ units, unitPrice, ms, unit }: Case): string =>
  formatMoney(costOf(ms, units, { version: '1', currency: 'USD', unitPrice, unit }));

/** A fixed-point number as text with ten decimals. */
const tenDecimals = (value: bigint): string => {
  const digits = String(value).replace('-', '').padStart(11, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -10)}.${digits.slice(-10)}`;
};

const fixed = (min: bigint, max: bigint): fc.Arbitrary<string> => fc.bigInt({ min, max }).map(tenDecimals);
const price = fc.oneof(
  fixed(-(10n ** 13n), 10n ** 13n),
  fc.constantFrom('1.89', '1.99', '1.09', '-0.5', '0', '0.0000000001', '-0.0000000001'),
);
const units = fc.oneof(fixed(0n, 10n ** 13n), fc.constantFrom('1', '8', '0.5', '0.25', '0'));
const unit = fc.constantFrom<TimeUnit>('second', 'minute', 'hour', 'day', 'month');

const anyCase: fc.Arbitrary<Case> = fc.record({ units, unitPrice: price, ms: fc.nat(2 ** 31 - 1), unit });

/** Half a unit of time at an odd multiple of 10^-10: exactly between two amounts, on either side of zero. */
const tie: fc.Arbitrary<Case> = fc
  .tuple(fc.integer({ min: -(2 ** 30), max: 2 ** 30 }), unit, fc.integer({ min: 0, max: 50 }))
  .map(([half, name, more]) => ({
    units: '1',
    unitPrice: tenDecimals(2n * BigInt(half) + 1n),
    ms: UNIT_MS[name] / 2 + more * UNIT_MS[name],
    unit: name,
  }));

/** One step of the smallest price below a tie. */
const belowTie: fc.Arbitrary<Case> = tie.map((c) => ({ ...c, ms: c.ms - 1 }));

describe('the cost rule in SQL and in TypeScript', () => {
  test.each<[string, fc.Arbitrary<Case>, number]>([
    ['random values', anyCase, 3_000],
    ['ties', tie, 1_000],
    ['values just below ties', belowTie, 1_000],
  ])('is the same for %s', async (_, arbitrary, count) => {
    const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));
    const cases = fc.sample(arbitrary, { numRuns: count, seed });
    const costs = await sqlCosts(COST, cases);
    const different = cases.flatMap((c, n) =>
      costs[n] === ours(c) ? [] : [{ ...c, sql: costs[n], ours: ours(c), seed }],
    );
    expect(costs).toHaveLength(count);
    expect(different).toEqual([]);
  });

  test('goes away from zero at a tie, on both sides', async () => {
    const half = { units: '1', ms: 1_800_000, unit: 'hour' } as const;
    const cases: Case[] = ['0.0000000001', '-0.0000000001', '0.0000000003'].map((unitPrice) => ({
      ...half,
      unitPrice,
    }));
    expect(await sqlCosts(COST, cases)).toEqual(['0.0000000001', '-0.0000000001', '0.0000000002']);
    expect(cases.map(ours)).toEqual(['0.0000000001', '-0.0000000001', '0.0000000002']);
  });

  test('needs div: plain division rounds twice and is wrong just below a tie', async () => {
    const below: Case = { units: '36000001.7999999999', unitPrice: '0.0001', ms: 1, unit: 'hour' };
    expect(ours(below)).toBe('0.0010000000');
    expect(await sqlCosts(COST, [below])).toEqual(['0.0010000000']);
    expect(await sqlCosts('c.units * c.ms * c.unit_price / c.unit_ms', [below])).toEqual(['0.0010000001']);
  });
});
