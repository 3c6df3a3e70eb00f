import type { Matrix } from './matrix.ts';

/**
 * The sum over rows of −ln of the probability that a row of logits gives to its target, in nats. The logits become the
 * gradient of `scale ×` that sum, in place; rows beyond the targets become zero.
 */
export function crossEntropy(logits: Matrix, targets: Uint16Array, count: number, scale: number): number {
  const { data, start, rows, columns, rowStep } = logits;
  let loss = 0;
  for (let row = 0; row < count; row++) {
    const from = start + row * rowStep;
    const target = from + targets[row];
    let highest = Number.NEGATIVE_INFINITY;
    for (let at = from; at < from + columns; at++) if (data[at] > highest) highest = data[at];
    const distance = data[target] - highest;
    let sum = 0;
    for (let at = from; at < from + columns; at++) {
      const power = Math.exp(data[at] - highest);
      data[at] = power;
      sum += power;
    }
    loss += Math.log(sum) - distance;
    const factor = scale / sum;
    for (let at = from; at < from + columns; at++) data[at] *= factor;
    data[target] -= scale;
  }
  for (let row = count; row < rows; row++) data.fill(0, start + row * rowStep, start + row * rowStep + columns);
  return loss;
}
