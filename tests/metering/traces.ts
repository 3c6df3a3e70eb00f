import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';

const FOLDER = process.env.PIPELINE_TEST_DATA ?? path.resolve('../shared/data');

/** Whether real traces are on this machine; tests that need them skip where they are not. */
export const tracesPresent = existsSync(path.join(FOLDER, 'philly_jobs/philly_jobs.csv.gz'));

export const WITHOUT_TRACES = 'needs the real traces: PIPELINE_TEST_DATA names their folder';

/** The rows of a CSV file of the traces, gzip or not. */
export function readTrace(file: string): Record<string, string>[] {
  const bytes = readFileSync(path.join(FOLDER, file));
  return parse(file.endsWith('.gz') ? gunzipSync(bytes) : bytes, { columns: true });
}

/** The exact totals that were worked out beside a trace, by another program. */
export const readTotals = <T>(folder: string): T =>
  JSON.parse(readFileSync(path.join(FOLDER, folder, 'reference_totals.json'), 'utf8')) as T;
