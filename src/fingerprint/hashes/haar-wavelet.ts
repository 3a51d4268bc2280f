/** Both taps of the Haar filter as PyWavelets has them, so that even its rounding comes out. */
const TAP = Math.SQRT1_2;

/** A square of numbers, row by row. */
export interface Square {
  readonly side: number;
  readonly values: Float64Array;
}

/** The approximation part of one level of the Haar transform: a square of half the side. */
export function haarApproximation({ side, values }: Square): Square {
  const half = side / 2;
  const result = new Float64Array(half * half);
  for (let y = 0; y < half; y++) {
    const upper = 2 * y * side;
    const lower = upper + side;
    for (let x = 0; x < half; x++) {
      const left = TAP * values[lower + 2 * x]! + TAP * values[upper + 2 * x]!;
      const right = TAP * values[lower + 2 * x + 1]! + TAP * values[upper + 2 * x + 1]!;
      result[y * half + x] = TAP * right + TAP * left;
    }
  }
  return { side: half, values: result };
}

/** As many levels as there are: the single number that is left of a square of a side that is a power of two. */
export function haarAverage(square: Square): number {
  return square.side === 1 ? square.values[0]! : haarAverage(haarApproximation(square));
}

/** A square whose details are those of another, and whose average is given. */
export function withAverage(average: number, square: Square): Square {
  if (square.side === 1) return { side: 1, values: Float64Array.of(average) };
  return inverse(withAverage(average, haarApproximation(square)), square);
}

/** One level back: the approximation given, the details those of the square that it once was made of. */
function inverse({ side: half, values: low }: Square, { side, values }: Square): Square {
  const result = new Float64Array(side * side);
  for (let y = 0; y < half; y++) {
    const upper = 2 * y * side;
    const lower = upper + side;
    for (let x = 0; x < half; x++) {
      const upperLeft = values[upper + 2 * x]!;
      const upperRight = values[upper + 2 * x + 1]!;
      const lowerLeft = values[lower + 2 * x]!;
      const lowerRight = values[lower + 2 * x + 1]!;
      const left = TAP * lowerLeft + TAP * upperLeft;
      const right = TAP * lowerRight + TAP * upperRight;
      const leftRise = TAP * upperLeft - TAP * lowerLeft;
      const rightRise = TAP * upperRight - TAP * lowerRight;
      const horizontal = TAP * left - TAP * right;
      const vertical = TAP * leftRise + TAP * rightRise;
      const diagonal = TAP * leftRise - TAP * rightRise;
      const mean = low[y * half + x]!;
      const sumLeft = TAP * mean + TAP * horizontal;
      const sumRight = TAP * mean - TAP * horizontal;
      const riseLeft = TAP * vertical + TAP * diagonal;
      const riseRight = TAP * vertical - TAP * diagonal;
      result[upper + 2 * x] = TAP * sumLeft + TAP * riseLeft;
      result[upper + 2 * x + 1] = TAP * sumRight + TAP * riseRight;
      result[lower + 2 * x] = TAP * sumLeft - TAP * riseLeft;
      result[lower + 2 * x + 1] = TAP * sumRight - TAP * riseRight;
    }
  }
  return { side, values: result };
}
