/**
 * Multiplies a matrix, row after row, with a vector; four sums at once, or each addition would wait for the one before.
 * @returns a number a row
 */
export function multiply(matrix: Float32Array, vector: Float32Array, rows: number): Float32Array {
  const dimensions = matrix.length / rows;
  if (vector.length !== dimensions) throw new TypeError(`an embedding needs ${dimensions} numbers`);
  const product = new Float32Array(rows);
  const whole = dimensions - (dimensions % 4);
  for (let row = 0; row < rows; row++) {
    const start = row * dimensions;
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let i = 0; i < whole; i += 4) {
      a += matrix[start + i]! * vector[i]!;
      b += matrix[start + i + 1]! * vector[i + 1]!;
      c += matrix[start + i + 2]! * vector[i + 2]!;
      d += matrix[start + i + 3]! * vector[i + 3]!;
    }
    for (let i = whole; i < dimensions; i++) a += matrix[start + i]! * vector[i]!;
    product[row] = a + b + (c + d);
  }
  return product;
}

/** The product of two matrices of `n` columns each, `right` having `n` rows. */
export function product(left: Float64Array, right: Float32Array, n: number): Float64Array {
  const rows = left.length / n;
  const result = new Float64Array(left.length);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < n; i++) {
      const factor = left[row * n + i]!;
      for (let column = 0; column < n; column++) result[row * n + column]! += factor * right[i * n + column]!;
    }
  }
  return result;
}

/** A vector of the same direction and length 1. */
export function toUnit(vector: Float32Array): Float32Array {
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += vector[i]! * vector[i]!;
  const scale = 1 / Math.sqrt(squares);
  return vector.map((x) => x * scale);
}
