import {
  add,
  addFloats,
  constant,
  get,
  I32,
  increase,
  load,
  loadSplat,
  moduleOf,
  multiplyFloats,
  repeatWhile,
  set,
  shiftLeft,
  store,
  subtract,
  V128,
  whether,
  zeros,
} from './wasm-assembler.ts';

/** Rows and columns of the tile of the result that is held in registers. */
export const TILE_ROWS = 4;
export const TILE_COLUMNS = 8;

/**
 * `C = A·B`, or `C += A·B`: addresses and steps in bytes, counts in elements. Columns of B and C lie side by side; A may
 * have any steps, so that it may be a transposed view. `m` is a multiple of 4 and `n` of 8; `k` is at least 1.
 */
export type Multiply = (
  a: number,
  aRowStep: number,
  aColumnStep: number,
  b: number,
  bRowStep: number,
  c: number,
  cRowStep: number,
  m: number,
  n: number,
  k: number,
  accumulate: number,
) => void;

const PARAMETERS = 11;
const [A, A_ROW, A_COLUMN, B, B_ROW, C, C_ROW, M, N, K, ACCUMULATE] = Array.from({ length: PARAMETERS }, (_, at) => at);
/** Counters and pointers, then the registers of floats: the tile, two pieces of B, one number of A four times. */
const [LEFT, COLUMN, DEPTH, FROM_A, FROM_B, TO, TILE] = Array.from({ length: 7 }, (_, at) => PARAMETERS + at);
const PIECE = TILE + TILE_ROWS * 2;
const SPLAT = PIECE + 2;

type Code = readonly number[];

/** The address of row `row` of the tile, from that of its first row. */
function rowAddress(pointer: number, step: number, row: number): Code {
  if (row === 0) return get(pointer);
  if (row === 1) return add(get(pointer), get(step));
  if (row === 2) return add(get(pointer), shiftLeft(get(step), 1));
  return add(get(pointer), subtract(shiftLeft(get(step), 2), get(step)));
}

/** Something for each register of the tile: its row and which half of the row it is. */
const eachRegister = (code: (register: number, row: number, half: number) => Code): number[] =>
  Array.from({ length: TILE_ROWS * 2 }, (_, at) => code(TILE + at, at >> 1, at & 1)).flat();

const addOneRowOfB: Code = [
  ...set(PIECE, load(get(FROM_B), 0)),
  ...set(PIECE + 1, load(get(FROM_B), 16)),
  ...eachRegister((register, row, half) => [
    ...(half === 0 ? set(SPLAT, loadSplat(rowAddress(FROM_A, A_ROW, row))) : []),
    ...set(register, addFloats(get(register), multiplyFloats(get(SPLAT), get(PIECE + half)))),
  ]),
  ...increase(FROM_A, get(A_COLUMN)),
  ...increase(FROM_B, get(B_ROW)),
  ...increase(DEPTH, constant(-1)),
];

const oneTile: Code = [
  ...set(TO, add(get(C), get(COLUMN))),
  ...whether(
    get(ACCUMULATE),
    eachRegister((register, row, half) => set(register, load(rowAddress(TO, C_ROW, row), half * 16))),
    eachRegister((register) => set(register, zeros)),
  ),
  ...set(FROM_A, get(A)),
  ...set(FROM_B, add(get(B), get(COLUMN))),
  ...set(DEPTH, get(K)),
  ...repeatWhile(addOneRowOfB, get(DEPTH)),
  ...eachRegister((register, row, half) => store(rowAddress(TO, C_ROW, row), half * 16, get(register))),
  ...increase(COLUMN, constant(TILE_COLUMNS * 4)),
];

const rowsOfTiles: Code = [
  ...set(COLUMN, constant(0)),
  ...repeatWhile(oneTile, subtract(shiftLeft(get(N), 2), get(COLUMN))),
  ...increase(A, shiftLeft(get(A_ROW), 2)),
  ...increase(C, shiftLeft(get(C_ROW), 2)),
  ...increase(LEFT, constant(-TILE_ROWS)),
];

/** The function, at work on one memory. Its numbers are plain IEEE 754: the same on every machine. */
export function compileMultiply(memory: WebAssembly.Memory): Multiply {
  const code = moduleOf(
    PARAMETERS,
    [
      { type: I32, count: TILE - PARAMETERS },
      { type: V128, count: SPLAT - TILE + 1 },
    ],
    [...set(LEFT, get(M)), ...repeatWhile(rowsOfTiles, get(LEFT))],
  );
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } });
  return exports.run as Multiply;
}
