// `npm test`: everything that proves the tree, quick checks first; ends at the first step that fails.
// `npm run check`: the quick checks alone.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';

const ROOT = path.join(import.meta.dirname, '..');
const REPORTS = path.join(ROOT, 'test-results');
const require = createRequire(import.meta.url);

/** The JavaScript file behind a package's command. */
function program(name, command = name) {
  const manifest = path.join(ROOT, 'node_modules', name, 'package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  return path.join(path.dirname(manifest), typeof bin === 'string' ? bin : bin[command]);
}

const tsx = (file, ...args) => ['--import', require.resolve('tsx'), path.join(ROOT, file), ...args];

/** A run of vitest, whose report is counted at the end. */
const vitest = (report, ...args) => ({
  report: path.join(REPORTS, `${report}.json`),
  args: [
    program('vitest'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${path.join(REPORTS, `${report}.json`)}`,
    ...args,
  ],
});

const QUICK = [
  { name: 'format and lint', args: [program('@biomejs/biome', 'biome'), 'check', '--error-on-warnings'] },
  { name: 'types of routes', args: [program('next'), 'typegen'] },
  { name: 'types', args: [program('typescript', 'tsc'), '--noEmit', '-p', '.'] },
  { name: 'types of trainers', args: [program('typescript', 'tsc'), '--noEmit', '-p', 'trainers'] },
  { name: 'import table, names and documents', args: tsx('scripts/check-layers.ts'), shown: true },
  { name: 'routes and their registry', args: tsx('scripts/routes.ts') },
];

const TESTS = [
  { name: 'generated files', ...vitest('schema', 'tests/schema') },
  { name: 'pages', args: tsx('scripts/build-pages.ts') },
  { name: 'what browsers are sent', args: tsx('scripts/check-bundle.ts'), shown: true },
  { name: 'tests', ...vitest('tests', '--exclude', 'tests/schema/**') },
  { name: 'browser', ...vitest('browser', '--config', 'vitest.e2e.config.ts'), needs: 'vitest.e2e.config.ts' },
  {
    name: 'faults, in short',
    ...vitest('faults', '--config', 'vitest.faults.config.ts'),
    needs: 'vitest.faults.config.ts',
  },
];

/** The product's own settings must not reach its tests; where their data is may. */
function environment() {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(DATABASE_URL|SUPABASE_|PIPELINE_(?!TEST_)|HOST$|PORT$)/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    NEXT_TELEMETRY_DISABLED: '1',
    TSX_TSCONFIG_PATH: path.join(ROOT, 'tsconfig.json'),
  };
}

/** Runs one step; what a quick one says is shown only when it fails. */
function run({ args, report, shown = false }) {
  const quiet = report === undefined;
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: environment(),
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
  });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => output.push(chunk));
  const stop = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code) => {
      for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, stop);
      const text = Buffer.concat(output).toString();
      resolve({ code: code ?? 1, output: code !== 0 || shown ? text : '' });
    });
  });
}

/** Passed, failed and skipped tests of a report. A file that could not be read counts as one failure, so does a step. */
function count({ report }, code) {
  const failed = code === 0 ? 0 : 1;
  if (report === undefined || !existsSync(report)) return { passed: 0, failed, skipped: 0 };
  const found = JSON.parse(readFileSync(report, 'utf8'));
  const unread = found.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every((each) => each.status !== 'failed'),
  );
  return {
    passed: found.numPassedTests,
    failed: Math.max(found.numFailedTests + unread.length, failed),
    skipped: found.numPendingTests + found.numTodoTests,
  };
}

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

async function main() {
  const steps = process.argv.includes('--quick') ? QUICK : [...QUICK, ...TESTS];
  const due = steps.filter(({ needs }) => needs === undefined || existsSync(path.join(ROOT, needs)));
  rmSync(REPORTS, { recursive: true, force: true });
  mkdirSync(REPORTS, { recursive: true });
  const times = [];
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const [index, step] of due.entries()) {
    console.log(`\n[${index + 1}/${due.length}] ${step.name}`);
    const started = performance.now();
    const { code, output } = await run(step);
    times.push([step.name, performance.now() - started]);
    if (output) process.stdout.write(output);
    for (const [kind, number] of Object.entries(count(step, code))) sum[kind] += number;
    if (code !== 0) {
      console.error(`\nThe step "${step.name}" failed (exit code ${code}); what comes after it was not run.`);
      break;
    }
    console.log(`[${index + 1}/${due.length}] ${step.name}: fine, ${seconds(times.at(-1)[1])}`);
  }
  console.log('');
  for (const [name, ms] of times) console.log(`${seconds(ms).padStart(9)}  ${name}`);
  console.log(`${seconds(times.reduce((total, [, ms]) => total + ms, 0)).padStart(9)}  together\n`);
  console.log(`${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}`);
  process.exitCode = sum.failed > 0 ? 1 : 0;
}

await main();
