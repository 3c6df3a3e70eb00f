// Has children that leave its session and its group and do not listen, and children of those. `leave`: ends before them.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeSync } from 'node:fs';

const stubborn = 'trap "" TERM HUP; (while :; do sleep 0.2; done) & echo "$$ $!" >> family; wait';
for (let i = 0; i < 2; i += 1) spawn('sh', ['-c', stubborn], { detached: true, stdio: 'ignore' }).unref();
process.on('SIGTERM', () => {});
const timer = setInterval(() => {
  if (!existsSync('family') || readFileSync('family', 'utf8').trim().split('\n').length < 2) return;
  writeSync(3, '{"phase":"training"}\n');
  writeSync(1, `${readFileSync('family', 'utf8').trim().replaceAll('\n', ' ')}\n`);
  if (process.argv[2] === 'leave') process.exit(0);
  clearInterval(timer);
}, 20);
setInterval(() => {}, 1_000);
