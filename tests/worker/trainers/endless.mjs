// Goes on until it is asked to stop. `stubborn`: does not listen.
import { writeSync } from 'node:fs';

if (process.argv[2] === 'stubborn') process.on('SIGTERM', () => {});
writeSync(3, '{"phase":"training"}\n');
setInterval(() => {}, 1_000);
