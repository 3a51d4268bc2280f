import { createMemory } from '../platform/wasm-module.js';
import { COLUMN_STEP, type MatrixProduct, matrixProductOn, ROW_STEP } from './matrix-product.js';

/** A matrix that many vectors are multiplied by. */
export class Matrix {
  private readonly columns: number;
  private readonly multiply: () => void;
  /** Windows of the memory that the kernel works on. */
  private readonly vector: Float64Array;
  private readonly products: Float32Array;

  /** @param numbers row after row; copied */
  constructor(numbers: Float32Array, rows: number) {
    const columns = numbers.length / rows;
    this.columns = columns;
    const [width, height] = [roundUp(columns, COLUMN_STEP), roundUp(rows, ROW_STEP)];
    const [rowsAt, productsAt] = [width * 8, width * (8 + 4 * height)];
    const bytes = productsAt + height * 4;
    const memory = createMemory(bytes, bytes);
    this.vector = new Float64Array(memory.buffer, 0, columns);
    this.products = new Float32Array(memory.buffer, productsAt, rows);
    const matrix = new Float32Array(memory.buffer, rowsAt, width * height);
    for (let row = 0; row < rows; row++) {
      matrix.set(numbers.subarray(row * columns, (row + 1) * columns), row * width);
    }
    const product: MatrixProduct = matrixProductOn(memory);
    this.multiply = () => product(0, rowsAt, height / ROW_STEP, width * 8, productsAt);
  }

  /** @returns a number a row */
  times(vector: Float32Array): Float32Array {
    if (vector.length !== this.columns) throw new TypeError(`an embedding needs ${this.columns} numbers`);
    this.vector.set(vector);
    this.multiply();
    return this.products.slice();
  }
}

function roundUp(count: number, step: number): number {
  return Math.ceil(count / step) * step;
}

/** The product of two matrices of `n` columns each, `right` having `n` rows. */
export function product(left: Float64Array, right: Float32Array, n: number): Float64Array {
  const rows = left.length / n;
  const result = new Float64Array(left.length);
  const rightRows = Array.from({ length: n }, (_, i) => Float64Array.from(right.subarray(i * n, (i + 1) * n)));
  for (let row = 0; row < rows; row++) {
    const factors = left.subarray(row * n, (row + 1) * n);
    const sums = result.subarray(row * n, (row + 1) * n);
    let i = 0;
    for (; i + 3 < n; i += 4) {
      addFour(sums, factors.subarray(i, i + 4), rightRows[i]!, rightRows[i + 1]!, rightRows[i + 2]!, rightRows[i + 3]!);
    }
    for (; i < n; i++) {
      const [factor, of] = [factors[i]!, rightRows[i]!];
      for (let column = 0; column < n; column++) sums[column]! += factor * of[column]!;
    }
  }
  return result;
}

/** Adds multiples of four rows, one after the other as ever: what is added up is read and written once for all of them. */
function addFour(
  sums: Float64Array,
  factors: Float64Array,
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  d: Float64Array,
): void {
  const [ofA, ofB, ofC, ofD] = factors as unknown as [number, number, number, number];
  for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! + ofA * a[i]! + ofB * b[i]! + ofC * c[i]! + ofD * d[i]!;
}

/** A vector of the same direction and length 1. */
export function toUnit(vector: Float32Array): Float32Array {
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += vector[i]! * vector[i]!;
  const scale = 1 / Math.sqrt(squares);
  return vector.map((x) => x * scale);
}
