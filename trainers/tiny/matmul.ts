import { compileMultiply, TILE_COLUMNS, TILE_ROWS } from './matmul-kernel.ts';
import { type Floats, type Matrix, matrixOf } from './matrix.ts';

/** Where the numbers of a model live and how they are multiplied. */
export interface Arithmetic {
  /** Zeros, row after row. They are given out once and never taken back: all of it happens before the first step. */
  zeros(rows: number, columns: number): Matrix;
  /** `to = a · b`. */
  multiply(to: Matrix, a: Matrix, b: Matrix): void;
  /** `to += a · b`. */
  addProduct(to: Matrix, a: Matrix, b: Matrix): void;
}

type Product = (to: Matrix, a: Matrix, b: Matrix, accumulate: boolean) => void;

function arithmetic(numbers: (count: number) => Floats, product: Product): Arithmetic {
  const checked = (to: Matrix, a: Matrix, b: Matrix, accumulate: boolean): void => {
    if (a.columns !== b.rows || to.rows !== a.rows || to.columns !== b.columns) {
      throw new RangeError(`${a.rows} × ${a.columns} by ${b.rows} × ${b.columns} is no ${to.rows} × ${to.columns}`);
    }
    product(to, a, b, accumulate);
  };
  return {
    zeros: (rows, columns) => matrixOf(numbers(rows * columns), rows, columns),
    multiply: (to, a, b) => checked(to, a, b, false),
    addProduct: (to, a, b) => checked(to, a, b, true),
  };
}

/** In 64 bits and as a textbook does it: what the fast one and the gradients are judged by. */
export function exactArithmetic(): Arithmetic {
  const product: Product = (to, a, b, accumulate) => {
    for (let row = 0; row < to.rows; row++) {
      for (let column = 0; column < to.columns; column++) {
        const at = to.start + row * to.rowStep + column * to.columnStep;
        let sum = accumulate ? to.data[at] : 0;
        for (let inner = 0; inner < a.columns; inner++) {
          const left = a.data[a.start + row * a.rowStep + inner * a.columnStep];
          sum += left * b.data[b.start + inner * b.rowStep + column * b.columnStep];
        }
        to.data[at] = sum;
      }
    }
  };
  return arithmetic((count) => new Float64Array(count), product);
}

const PAGE = 65_536;
const ALIGNMENT = 64;

/**
 * In 32 bits, four at a time, blocked in tiles that stay in registers. All its matrices lie in one piece of memory of a
 * fixed size, of which the system only backs what is touched. Rows of a result come in fours and columns in eights.
 */
export function fastArithmetic(bytes: number): Arithmetic {
  const pages = Math.ceil(bytes / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const run = compileMultiply(memory);
  let used = 0;
  const numbers = (count: number): Floats => {
    const from = used;
    used += Math.ceil((count * 4) / ALIGNMENT) * ALIGNMENT;
    if (used > pages * PAGE) throw new RangeError(`the model needs more than its ${bytes} bytes`);
    return new Float32Array(memory.buffer, from, count);
  };
  const address = (of: Matrix): number => of.data.byteOffset + of.start * 4;
  const product: Product = (to, a, b, accumulate) => {
    if (to.rows % TILE_ROWS !== 0 || to.columns % TILE_COLUMNS !== 0 || to.columnStep !== 1 || b.columnStep !== 1) {
      throw new RangeError('a fast product has rows in fours and columns in eights, side by side');
    }
    const [fromA, fromB, into] = [address(a), address(b), address(to)];
    const [aRow, aColumn, bRow, toRow] = [a.rowStep * 4, a.columnStep * 4, b.rowStep * 4, to.rowStep * 4];
    run(fromA, aRow, aColumn, fromB, bRow, into, toRow, to.rows, to.columns, a.columns, accumulate ? 1 : 0);
  };
  return arithmetic(numbers, product);
}
