// Says from which checkpoint it goes on, then makes two and announces the first of them only.
import { mkdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';

const order = JSON.parse(readFileSync('order.json', 'utf8'));
const from = order.resume_from === null ? 0 : Number(readFileSync(`${order.resume_from}/step`, 'utf8'));
console.log(`from ${from}`);
if (process.argv[2] === 'none') process.exit(1);
for (const step of [from + 10, from + 20]) {
  mkdirSync(`${order.checkpoint_dir}/step-${step}`);
  writeFileSync(`${order.checkpoint_dir}/step-${step}/step`, String(step));
}
writeSync(3, `${JSON.stringify({ step: from + 10, checkpoint: from + 10 })}\n`);
console.log(readFileSync(order.dataset.path, 'utf8'));
