import type { OracleInterval, OraclePrice } from '@tests/metering/oracle';
import fc from 'fast-check';

/** Plain decimal text with up to ten decimals, not negative. */
export const decimalText = (max: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.nat(max), fc.integer({ min: 0, max: 10 }), fc.nat(9_999_999))
    .map(([whole, scale, decimals]) =>
      scale === 0 ? String(whole) : `${whole}.${String(decimals).padStart(7, '0').slice(0, scale).padEnd(scale, '1')}`,
    );

/** A price per hour; half of them with a billing increment, a third with a minimum. */
export const oraclePrice: fc.Arbitrary<OraclePrice> = fc.record({
  unitPrice: fc.oneof(decimalText(100), fc.constantFrom('0', '1.89', '1.99', '0.0000000001', '-1.5')),
  unitMs: fc.constant(3_600_000),
  incrementMs: fc.constantFrom(1, 1, 1_000, 60_000, 3_600_000, 7_001),
  minimumMs: fc.constantFrom(0, 0, 60_000, 600_001),
});

/** GPUs, whole or shared. */
export const gpuUnits: fc.Arbitrary<string> = fc.oneof(
  decimalText(8),
  fc.constantFrom('1', '8', '0.25', '0.3333333333'),
);

/** A run as gaps and lengths: intervals that touch or leave time between them, over up to some hours. */
export const recordedRun: fc.Arbitrary<OracleInterval[]> = fc
  .tuple(
    fc.integer({ min: -10_000_000_000, max: 1_900_000_000_000 }),
    fc.array(
      fc.record({
        gap: fc.oneof(fc.constant(0), fc.nat(2_000_000)),
        length: fc.oneof(fc.nat(1_000), fc.nat(4_000_000), fc.constantFrom(900_000, 1)),
        phase: fc.constantFrom('setup', 'training', 'training', 'checkpoint', null),
      }),
      { maxLength: 8 },
    ),
  )
  .map(([begin, stretches]) => {
    let at = begin;
    return stretches.map(({ gap, length, phase }) => {
      const start = at + gap;
      at = start + length;
      return { start, end: at, phase };
    });
  });
