import type { Command } from 'commander';
import { readCommandEnv, withInstallation } from '@/cli/context';
import { checkDatabase } from '@/cli/doctor/database';
import { type Finding, failure, messageOf } from '@/cli/doctor/finding';
import { verify } from '@/cli/doctor/ledger';
import { checkBinaries, checkDataFolder, checkDisk, checkNode, checkPages, checkPort } from '@/cli/doctor/machine';
import { findExistingHome } from '@/db/embedded/home';
import type { Env } from '@/lib/env';
import type { Logger } from '@/lib/log';

const MARKS = { ok: '✓', warning: '!', failure: '✗' } as const;

interface DoctorOptions {
  json?: true;
  verifyLedger?: true;
  rebuild?: true;
}

function readEnvironment(): { env: Env; log: Logger } | Finding {
  try {
    return readCommandEnv();
  } catch (error) {
    return failure('environment', messageOf(error), 'Correct the variable, or unset it.');
  }
}

async function visitDatabase(env: Env, log: Logger): Promise<Finding[]> {
  try {
    return await withInstallation(env, log, ({ urls }) => checkDatabase(urls));
  } catch (error) {
    return [failure('database', messageOf(error), 'See the sentence itself; nothing was changed.')];
  }
}

async function examine(): Promise<Finding[]> {
  const environment = readEnvironment();
  if ('check' in environment) return [checkNode(), environment];
  const { env, log } = environment;
  const findings = [checkNode(), checkPages(), await checkPort(env)];
  if (env.databaseUrl !== null) return [...findings, ...(await visitDatabase(env, log))];
  findings.push(checkDataFolder(env.dataDir), checkDisk(env.dataDir), await checkBinaries(env, log));
  // without a database there is nothing to ask, and a visit makes none
  return findExistingHome(env.dataDir) ? [...findings, ...(await visitDatabase(env, log))] : findings;
}

function print(findings: Finding[]): void {
  const width = Math.max(...findings.map(({ check }) => check.length));
  for (const { check, status, details, remedy } of findings) {
    console.log(`${MARKS[status]} ${check.padEnd(width)}  ${details}`);
    if (remedy) console.log(`  ${' '.repeat(width)}  → ${remedy}`);
  }
}

async function runDoctor(options: DoctorOptions, command: Command): Promise<void> {
  if (options.rebuild && !options.verifyLedger) command.error('error: --rebuild goes with --verify-ledger');
  if (options.verifyLedger) {
    if (!(await verify({ rebuild: options.rebuild === true, json: options.json === true }))) process.exitCode = 1;
    return;
  }
  const findings = await examine();
  if (options.json) console.log(JSON.stringify(findings, null, 2));
  else print(findings);
  if (findings.some(({ status }) => status === 'failure')) process.exitCode = 1;
}

/** `pipeline doctor`: what may be wrong with an installation, and how to mend it. */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check the installation and say how to mend what is wrong')
    .option('--json', 'findings as JSON')
    .option('--verify-ledger', 'prove that every roll-up equals the records (on the live database)')
    .option('--rebuild', 'with --verify-ledger: write differing roll-ups anew from the records')
    .addHelpText('after', '\nExit code 0: no failure (warnings may be), 1: something is wrong.')
    .action(runDoctor);
}
