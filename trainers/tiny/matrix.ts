/** Numbers of a matrix: 32 bits where speed counts, 64 where a gradient is checked against finite differences. */
export type Floats = Float32Array | Float64Array;

/** A view of numbers as rows and columns; both steps are counted in elements of `data`. */
export interface Matrix {
  readonly data: Floats;
  readonly start: number;
  readonly rows: number;
  readonly columns: number;
  readonly rowStep: number;
  readonly columnStep: number;
}

/** Numbers, row after row. */
export function matrixOf(data: Floats, rows: number, columns: number): Matrix {
  if (data.length < rows * columns) throw new RangeError(`${data.length} numbers are no ${rows} × ${columns} matrix`);
  return { data, start: 0, rows, columns, rowStep: columns, columnStep: 1 };
}

/** A rectangle of a matrix, without copying it. */
export function part(of: Matrix, row: number, column: number, rows: number, columns: number): Matrix {
  if (row + rows > of.rows || column + columns > of.columns) throw new RangeError('a part reaches beyond its matrix');
  return { ...of, start: of.start + row * of.rowStep + column * of.columnStep, rows, columns };
}

/** The first rows of a matrix. */
export const firstRows = (of: Matrix, rows: number): Matrix => part(of, 0, 0, rows, of.columns);

/** The same numbers with rows and columns exchanged, without copying them. */
export function transposed(of: Matrix): Matrix {
  return { ...of, rows: of.columns, columns: of.rows, rowStep: of.columnStep, columnStep: of.rowStep };
}

/** Writes `scale × from` into `to`; either may be a transposed view. */
export function copyInto(to: Matrix, from: Matrix, scale = 1): void {
  if (to.rows !== from.rows || to.columns !== from.columns) throw new RangeError('a copy has another shape');
  for (let row = 0; row < from.rows; row++) {
    let source = from.start + row * from.rowStep;
    let target = to.start + row * to.rowStep;
    for (let column = 0; column < from.columns; column++) {
      to.data[target] = scale * from.data[source];
      source += from.columnStep;
      target += to.columnStep;
    }
  }
}

/** The next multiple of eight, the width of the multiplication's tiles. */
export const wide = (count: number): number => Math.ceil(count / 8) * 8;
