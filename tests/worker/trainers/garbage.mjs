// Tells everything that is no report, in between two that are.
import { writeSync } from 'node:fs';

writeSync(3, '{"step":1,"loss":2}\n');
let state = 1;
const noise = Buffer.from(
  Array.from({ length: 100_000 }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state >> 16;
  }),
);
for (const descriptor of [1, 2, 3]) writeSync(descriptor, noise);
writeSync(3, '\n{"step":"two"}\n{"unknown":1}\n[]\nnull\n{"step":2,\n');
writeSync(1, '\n@pipeline {"step":2\n@pipeline\nred \u001b[31mtext\u001b[0m\u0000\tend\n');
writeSync(3, '{"loss":NaN}\n{"step":2,"loss":"NaN","gradient_norm":"Infinity"}\n');
