// Trains nothing, but tells and leaves all that a good trainer does.
import { mkdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';

const order = JSON.parse(readFileSync('order.json', 'utf8'));
const tell = (report) => writeSync(3, `${JSON.stringify(report)}\n`);
tell({ phase: 'setup' });
tell({ phase: 'training' });
for (let step = 1; step <= order.total_steps; step += 1) tell({ step, loss: 3 / step });
console.log('hello');
mkdirSync(`${order.output_dir}/deep`);
writeFileSync(`${order.output_dir}/notes.txt`, 'trained');
writeFileSync(`${order.output_dir}/deep/inside.txt`, 'inside');
