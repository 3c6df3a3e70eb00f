// More lines and more reports than anybody keeps; what matters comes last.
import { writeSync } from 'node:fs';

for (let step = 1; step <= 3_000; step += 1) {
  writeSync(1, `line ${step}\n`);
  writeSync(3, `${JSON.stringify({ step, loss: 1 / step })}\n`);
}
writeSync(3, '{"phase":"saving"}\n');
writeSync(2, 'the reason stands at the end\n');
process.exit(1);
