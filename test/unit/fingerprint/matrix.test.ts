import { expect, it } from 'vitest';
import { seededRandom } from '../../../src/evaluation/random.js';
import { Matrix } from '../../../src/fingerprint/matrix.js';

const random = seededRandom('matrix');
const numbers = (count: number) => Float32Array.from({ length: count }, () => random.between(-1, 1));

it.each([
  [1, 1],
  [7, 9],
  [3, 510],
  [256, 512],
])('multiplies %i rows of %i numbers as sums in double precision do', (rows, columns) => {
  const [matrix, vector] = [numbers(rows * columns), numbers(columns)];
  const expected = Float32Array.from({ length: rows }, (_, row) =>
    vector.reduce((sum, x, i) => sum + matrix[row * columns + i]! * x, 0),
  );
  const product = new Matrix(matrix, rows);
  for (let again = 0; again < 2; again++) {
    const given = product.times(vector);
    expect(given).toHaveLength(rows);
    for (const [row, x] of given.entries()) expect(x).toBeCloseTo(expected[row]!, 6);
  }
  expect(() => product.times(numbers(columns + 1))).toThrow(TypeError);
});
