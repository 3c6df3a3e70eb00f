import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { judgedRuns } from '@tests/estimates/peft-runs';
import { parse } from 'csv-parse/sync';
import { compareBases } from '@/domain/estimates/compare-bases';
import type { Row } from './report';

const FILE = path.join(process.env.PIPELINE_TEST_DATA ?? path.resolve('../shared/data'), 'peft_runs/peft_runs.csv');

/**
 * How far off estimates of real runs are, before there are runs to learn from and after: the median of
 * |ln(estimated ÷ actual duration)|. No rows where the runs are not on this machine.
 */
export function estimateRows(): Row[] {
  if (!existsSync(FILE)) return [];
  const runs = judgedRuns(parse(readFileSync(FILE), { columns: true }));
  const oneOut = compareBases(runs);
  const isLate = (index: number) => runs.length - index - 1 >= 100;
  const late = compareBases(runs, (index) => (isLate(index) ? runs.slice(index + 1) : null));
  if (oneOut === null || late === null) return [];
  return [
    {
      what: `error of estimates by the data sheet alone, ${oneOut.runs} real runs`,
      measured: oneOut.prior,
      unit: 'ln',
    },
    {
      what: `error of estimates by the other runs, each of ${oneOut.runs} left out once`,
      measured: oneOut.ownRuns,
      unit: 'ln',
      target: { most: oneOut.prior },
    },
    {
      what: `error of the ${late.runs} runs after the first 100, by the data sheet alone`,
      measured: late.prior,
      unit: 'ln',
    },
    {
      what: `error of the ${late.runs} runs after the first 100, by the runs before each`,
      measured: late.ownRuns,
      unit: 'ln',
      target: { most: late.prior },
    },
  ];
}
