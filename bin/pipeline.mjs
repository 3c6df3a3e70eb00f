#!/usr/bin/env node
// The `pipeline` command: finds a Node that is new enough and hands over to src/cli.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runUnderNode24 } from './node24.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
process.env.TSX_TSCONFIG_PATH ??= path.join(root, 'tsconfig.json');
runUnderNode24([
  '--import',
  import.meta.resolve('tsx'),
  path.join(root, 'src', 'cli', 'main.ts'),
  ...process.argv.slice(2),
]);
