import { readTotals, readTrace, tracesPresent, WITHOUT_TRACES } from '@tests/metering/traces';
import { describe, expect, test } from 'vitest';
import type { BucketSize } from '@/domain/metering/buckets';
import { type MeteredCharge, meterIntervals, type RecordedInterval } from '@/domain/metering/meter-intervals';

interface Figures {
  'usd_at_1.89': string;
  'usd_at_1.99': string;
}

interface PhillyTotals {
  job_day_records: number;
  total: Record<string, { usd_6dp: string }>;
  by_tenant: Record<string, Figures>;
  by_usage_month_utc: Record<string, Figures>;
  by_usage_day_utc: Record<string, Figures>;
  attempts_subset: { attempt_day_records: number; total: Record<string, { usd_6dp: string }> };
}

/** Ten decimals rounded to six, as text. */
function sixDecimals(amount: bigint): string {
  const millionths = String((amount + 5_000n) / 10_000n).padStart(7, '0');
  return `${millionths.slice(0, -6)}.${millionths.slice(-6)}`;
}

const charges = (
  intervals: RecordedInterval[],
  units: string,
  unitPrice: string,
  bucket: BucketSize,
): MeteredCharge[] =>
  meterIntervals({
    costType: 'compute',
    units,
    price: { version: '1', currency: 'USD', unitPrice, unit: 'hour' },
    bucket,
    intervals,
    asOf: Number.POSITIVE_INFINITY,
    endedAt: null,
  });

const stretch = (row: Record<string, string>): RecordedInterval => ({
  start: Date.parse(row.started_at ?? ''),
  end: Date.parse(row.ended_at ?? ''),
});

class Sums {
  private readonly byKey = new Map<string, bigint>();

  add(key: string, amount: bigint): void {
    this.byKey.set(key, (this.byKey.get(key) ?? 0n) + amount);
  }

  shown(): Record<string, string> {
    return Object.fromEntries([...this.byKey].sort().map(([key, amount]) => [key, sixDecimals(amount)]));
  }
}

const at = (rate: '1.89' | '1.99', group: Record<string, Figures>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(group)
      .sort()
      .map(([key, figures]) => [key, figures[`usd_at_${rate}`]]),
  );

describe.skipIf(!tracesPresent)(`real traces${tracesPresent ? '' : ` (${WITHOUT_TRACES})`}`, () => {
  test.each(['1.89', '1.99'] as const)(
    '82,247 Philly jobs at %s: total, tenants, months and days are exact',
    (rate) => {
      const totals = readTotals<PhillyTotals>('philly_jobs');
      const [all, tenants, months, days] = [new Sums(), new Sums(), new Sums(), new Sums()];
      let records = 0;
      for (const row of readTrace('philly_jobs/philly_jobs.csv.gz')) {
        for (const { amount, recordedAt } of charges([stretch(row)], row.gpus ?? '', rate, 'day')) {
          const day = recordedAt.toISOString().slice(0, 10);
          records += 1;
          all.add('total', amount);
          tenants.add(row.tenant ?? '', amount);
          months.add(day.slice(0, 7), amount);
          days.add(day, amount);
        }
      }
      expect(records).toBe(totals.job_day_records);
      expect(all.shown()).toEqual({ total: totals.total[rate]?.usd_6dp });
      expect(tenants.shown()).toEqual(at(rate, totals.by_tenant));
      expect(months.shown()).toEqual(at(rate, totals.by_usage_month_utc));
      expect(days.shown()).toEqual(at(rate, totals.by_usage_day_utc));
    },
  );

  test('3,034 jobs with the gaps between their attempts: quarter-hours, hours and days add up alike', () => {
    const totals = readTotals<PhillyTotals>('philly_jobs').attempts_subset;
    const jobs = Map.groupBy(readTrace('philly_jobs/philly_attempts.csv'), (row) => row.application_id);
    for (const bucket of ['quarter', 'hour', 'day'] as const) {
      const sum = [...jobs.values()].flatMap((rows) => charges(rows.map(stretch), rows[0]?.gpus ?? '', '1.89', bucket));
      const total = sum.reduce((amount, charge) => amount + charge.amount, 0n);
      expect(sixDecimals(total)).toBe(totals.total['1.89']?.usd_6dp);
    }
  });

  test('216 training runs at 1.09, their durations rounded half up to the millisecond', () => {
    const total = readTrace('peft_runs/peft_runs.csv').reduce((sum, row) => {
      const [seconds = '', decimals = ''] = (row.total_time_s ?? '').split('.');
      const tenths = Number(seconds + decimals.padEnd(4, '0').slice(0, 4));
      const end = Math.floor((tenths + 5) / 10);
      return charges([{ start: 0, end }], '1', '1.09', 'quarter').reduce((s, charge) => s + charge.amount, sum);
    }, 0n);
    expect(total).toBe(1_352_924_795_084n);
  });
});
