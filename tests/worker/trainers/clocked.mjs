// Writes down by its own clock when it began and ended, into the file that TIMES names.
import { appendFileSync, writeSync } from 'node:fs';

const began = Date.now();
const beganMonotonic = performance.now();
function end() {
  const lasted = performance.now() - beganMonotonic;
  appendFileSync(
    process.env.TIMES,
    `${JSON.stringify({ attempt: process.env.PIPELINE_ATTEMPT, began, ended: Date.now(), lasted })}\n`,
  );
  process.exit(0);
}
process.on('SIGTERM', end);
writeSync(3, '{"phase":"training"}\n');
setTimeout(end, Number(process.argv[2] ?? 1e9));
