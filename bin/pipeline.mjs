#!/usr/bin/env node
import { createRequire } from 'node:module';
// The `pipeline` command: finds a Node that is new enough, hands over to src/cli, and starts a server that crashed again.
// Plain old JavaScript, because an old Node reads this file too.
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { endLike, SIGNALS, spawnUnderNode24 } from './node24.mjs';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const SHORTEST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10000;

process.env.TSX_TSCONFIG_PATH = process.env.TSX_TSCONFIG_PATH || path.join(ROOT, 'tsconfig.json');

let child;
let stopping = false;
let everReady = false;
let pause = SHORTEST_PAUSE_MS;

function run() {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const args = ['--import', tsx, path.join(ROOT, 'src', 'cli', 'main.ts'), ...process.argv.slice(2)];
  let readyAt = 0; // only a server says so, once it serves
  // the channel also tells the child when we are gone, so that a killed launcher leaves no server behind
  child = spawnUnderNode24(args, ['inherit', 'inherit', 'inherit', 'ipc']);
  child.on('message', (message) => {
    if (message !== 'ready') return;
    readyAt = Date.now();
    everReady = true;
  });
  child.on('exit', (code, signal) => {
    if (code === 0 || !everReady || stopping) endLike(code, signal);
    if (readyAt > 0 && Date.now() - readyAt > LONGEST_PAUSE_MS) pause = SHORTEST_PAUSE_MS;
    console.error(`The server has died (${signal || `exit code ${code}`}). Starting it again …`);
    setTimeout(run, pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  });
}

for (const signal of SIGNALS) {
  process.on(signal, () => {
    stopping = true;
    // between two lives of the server there is nobody to pass it to
    if (child.exitCode !== null || child.signalCode !== null) endLike(null, signal);
    child.kill(signal);
  });
}
run();
