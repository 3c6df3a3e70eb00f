// Fills the disk once a file `go` is there. `fails`: ends because of it. Otherwise it goes on printing and does not listen.
import { appendFileSync, existsSync, writeSync } from 'node:fs';

process.on('SIGTERM', () => {});
writeSync(3, '{"phase":"training"}\n');
while (!existsSync('go')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
const block = Buffer.alloc(65_536);
try {
  for (;;) appendFileSync('block', block);
} catch (error) {
  if (process.argv[2] === 'fails') {
    console.error(error.code);
    process.exit(1);
  }
}
setInterval(() => writeSync(1, `${'x'.repeat(1_000)}\n`), 1);
