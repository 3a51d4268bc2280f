/**
 * Lower triangular L with L · Lᵀ = a matrix that is symmetric and positive definite (Cholesky).
 * @param matrix rows, of which the lower half counts
 */
export function cholesky(matrix: readonly Float64Array[]): Float64Array[] {
  const factor = matrix.map(({ length }) => new Float64Array(length));
  for (const [i, row] of factor.entries()) {
    for (let j = 0; j <= i; j++) {
      const above = factor[j]!;
      let sum = matrix[i]![j]!;
      for (let k = 0; k < j; k++) sum -= row[k]! * above[k]!;
      // Rounding may leave nothing, or less.
      row[j] = i === j ? Math.sqrt(Math.max(sum, Number.MIN_VALUE)) : sum / above[j]!;
    }
  }
  return factor;
}

/** Solves L · Lᵀ · x = right. @param factor L, row by row */
export function solveFactored(factor: readonly Float64Array[], right: Float64Array): Float64Array {
  const x = Float64Array.from(right);
  for (const [i, row] of factor.entries()) {
    let rest = x[i]!;
    for (let k = 0; k < i; k++) rest -= row[k]! * x[k]!;
    x[i] = rest / row[i]!;
  }
  // Along the rows of L, which lie side by side in memory, and not along those of its transpose.
  for (let i = factor.length - 1; i >= 0; i--) {
    const row = factor[i]!;
    const solved = x[i]! / row[i]!;
    x[i] = solved;
    for (let k = 0; k < i; k++) x[k]! -= row[k]! * solved;
  }
  return x;
}
