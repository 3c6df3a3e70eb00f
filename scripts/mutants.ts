// `npm run test:mutants`: plants the bugs of tests/mutants one by one in a copy of the tree and shows that the tests
// named by each patch catch it. First the same tests have to pass without any bug.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..');
const MUTANTS = path.join(ROOT, 'tests', 'mutants');

interface Mutant {
  name: string;
  breaks: string;
  tests: string[];
  file: string;
}

function run(command: string, args: string[], cwd: string): { ok: boolean; output: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  return { ok: status === 0, output: `${stdout}${stderr}` };
}

function headerOf(text: string, name: string, file: string): string {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name}: `));
  if (!line) throw new Error(`${file} lacks its line "${name}: …"`);
  return line.slice(name.length + 2);
}

function readMutants(only: string[]): Mutant[] {
  const files = readdirSync(MUTANTS).filter((file) => file.endsWith('.patch'));
  return files
    .map((file) => {
      const text = readFileSync(path.join(MUTANTS, file), 'utf8');
      const tests = headerOf(text, 'Caught by', file).split(' ');
      const gone = tests.find((test) => !existsSync(path.join(ROOT, test)));
      if (gone) throw new Error(`${file} names ${gone}, which is gone`);
      return { name: file.replace('.patch', ''), breaks: headerOf(text, 'Breaks', file), tests, file };
    })
    .filter(({ name }) => only.length === 0 || only.includes(name));
}

/** A copy of what git knows of, with the packages of the original. */
function copyTree(): string {
  const copy = mkdtempSync(path.join(os.tmpdir(), 'pipeline-mutants-'));
  const { output } = run('git', ['ls-files', '-z'], ROOT);
  for (const file of output.split('\0').filter(Boolean)) {
    mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
    cpSync(path.join(ROOT, file), path.join(copy, file));
  }
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
  return copy;
}

const runTests = (copy: string, files: string[]) =>
  run(process.execPath, [path.join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--bail=1', ...files], copy);

function patch(copy: string, mutant: Mutant, direction: string[]): void {
  const { ok, output } = run('git', ['apply', ...direction, path.join(MUTANTS, mutant.file)], copy);
  if (!ok) throw new Error(`${mutant.file} does not fit the tree any more:\n${output}`);
}

function main(): void {
  const mutants = readMutants(process.argv.slice(2));
  const copy = copyTree();
  try {
    const all = [...new Set(mutants.flatMap(({ tests }) => tests))];
    console.log(`Without a bug: ${all.length} test files …`);
    const sound = runTests(copy, all);
    if (!sound.ok) throw new Error(`the tests fail without any bug:\n${sound.output.slice(-4_000)}`);
    let missed = 0;
    for (const mutant of mutants) {
      patch(copy, mutant, []);
      const caught = !runTests(copy, mutant.tests).ok;
      patch(copy, mutant, ['--reverse']);
      if (!caught) missed += 1;
      console.log(`${caught ? 'caught' : 'MISSED'}  ${mutant.name}: ${mutant.breaks}`);
    }
    console.log(`${mutants.length - missed} of ${mutants.length} bugs caught`);
    if (missed > 0) process.exitCode = 1;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

main();
