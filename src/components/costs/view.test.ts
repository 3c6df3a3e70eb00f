import { describe, expect, it } from 'vitest';
import { type CostView, costsPath, readView, viewHref } from '@/components/costs/view';

const read = (query: string): CostView => readView(new URLSearchParams(query));

describe('the view in the address', () => {
  it('is the month where nothing is said', () => {
    expect(read('')).toEqual({ period: 'month', range: null, currency: null, timezone: null, shown: 'chart' });
    expect(read('period=decade&shown=pie')).toEqual(read(''));
  });

  it.each([
    '/?period=week',
    '/?period=year&currency=EUR&timezone=Asia%2FKathmandu&shown=table',
    '/?start_date=2017-09-09&end_date=2017-12-22',
    '/?start_date=2017-09-09&timezone=UTC',
  ])('survives being written and read again: %s', (href) => {
    expect(viewHref(read(href.slice(2)))).toBe(href);
  });

  it('becomes one question to the API', () => {
    expect(costsPath(read('period=week'), 'Europe/Berlin')).toBe(
      '/api/costs?period=week&timezone=Europe%2FBerlin&granularity=day&fill=zero&limit=0',
    );
    expect(
      costsPath(read('start_date=2024-01-01&end_date=2024-01-31&currency=EUR&timezone=UTC'), 'Europe/Berlin'),
    ).toBe(
      '/api/costs?start_date=2024-01-01&end_date=2024-01-31&currency=EUR&timezone=UTC&granularity=day&fill=zero&limit=0',
    );
  });

  it('passes on what it does not understand, for the API to refuse it in words', () => {
    expect(costsPath(read('start_date=never'), 'UTC')).toContain('start_date=never');
  });
});
