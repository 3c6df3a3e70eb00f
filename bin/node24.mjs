// Runs its arguments under a Node that is new enough: the machine's own, else the one among our packages.
// Plain old JavaScript, because an old Node reads this file too.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const OLDEST = [24, 7]; // argon2 is built in from here on
const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

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

function requireNode() {
  const executable = findNode();
  if (executable) return executable;
  console.error(
    `PIPELINE needs Node ${OLDEST.join('.')} or newer and found ${process.version}. ` +
      'Install Node 24, or run `npm ci` again without leaving out optional packages.',
  );
  process.exit(1);
}

/** Starts `args` under that Node, with our packages' commands on its path and a channel to us if `stdio` asks for one. */
export function spawnUnderNode24(args, stdio = 'inherit') {
  const executable = requireNode();
  const bin = path.join(ROOT, 'node_modules', '.bin');
  const env = {
    ...process.env,
    PATH: [path.dirname(executable), bin, process.env.PATH].join(path.delimiter),
    NEXT_TELEMETRY_DISABLED: '1',
  };
  const child = spawn(executable, args, { stdio, env });
  child.on('error', (error) => {
    console.error(`Node could not be started: ${error.message}`);
    process.exit(1);
  });
  return child;
}

/** Ends this process as the child ended. */
export function endLike(code, signal) {
  process.exit(code ?? 128 + ({ SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 6));
}

export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Runs `args` under that Node, passes signals on, and ends as the child ended. */
export function runUnderNode24(args) {
  const child = spawnUnderNode24(args);
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  child.on('exit', endLike);
}

/** The JavaScript file behind a command of node_modules/.bin, else the argument as it is. */
function scriptOf(command) {
  const manifest = path.join(ROOT, 'node_modules', command, 'package.json');
  if (!existsSync(manifest)) return command;
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  const file = typeof bin === 'string' ? bin : bin?.[command];
  return file ? path.join(path.dirname(manifest), file) : command;
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [command, ...rest] = process.argv.slice(2);
  if (command) runUnderNode24([scriptOf(command), ...rest]);
}
