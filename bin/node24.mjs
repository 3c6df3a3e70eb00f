// Runs its arguments under a Node that is new enough: the machine's own, else the one among our packages.
// Plain old JavaScript, because an old Node reads this file too.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';

const OLDEST = [24, 7]; // argon2 is built in from here on

/** The path of a Node executable that is new enough, or null. */
export function findNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return process.execPath;
  try {
    const require = createRequire(import.meta.url);
    const manifest = require.resolve(`node-${process.platform}-${process.arch}/package.json`);
    const executable = path.join(path.dirname(manifest), require(manifest).bin.node);
    return existsSync(executable) ? executable : null;
  } catch {
    return null;
  }
}

/** Runs `args` under that Node, passes signals on, and ends as the child ended. */
export function runUnderNode24(args) {
  const executable = findNode();
  if (!executable) {
    console.error(
      `PIPELINE needs Node ${OLDEST.join('.')} or newer and found ${process.version}. ` +
        'Install Node 24, or run `npm ci` again without leaving out optional packages.',
    );
    process.exit(1);
  }
  const bin = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..', 'node_modules', '.bin');
  const env = {
    ...process.env,
    PATH: [path.dirname(executable), bin, process.env.PATH].join(path.delimiter),
    NEXT_TELEMETRY_DISABLED: '1',
  };
  const child = spawn(executable, args, { stdio: 'inherit', env });
  // A terminal sends Ctrl-C to the whole group; the child decides when it is done, we only wait for it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  child.on('error', (error) => {
    console.error(`Node could not be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}

/** The JavaScript file behind a command of node_modules/.bin, else the argument as it is. */
function scriptOf(command) {
  const root = path.join(path.dirname(new URL(import.meta.url).pathname), '..');
  const manifest = path.join(root, 'node_modules', command, 'package.json');
  if (!existsSync(manifest)) return command;
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  const file = typeof bin === 'string' ? bin : bin?.[command];
  return file ? path.join(path.dirname(manifest), file) : command;
}

if (process.argv[1] && path.resolve(process.argv[1]) === new URL(import.meta.url).pathname) {
  const [command, ...rest] = process.argv.slice(2);
  if (command) runUnderNode24([scriptOf(command), ...rest]);
}
