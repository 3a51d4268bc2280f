import type { AlignedBlock } from './aligned-blocks.js';

/** Terms of the smooth field: 1, x, y, x², xy, y². */
const TERMS = 6;
const ROUNDS = 3;
/** Blocks that have moved so much more than the others, in pixels, count less and less in the next round. */
const ROBUST_PIXELS = 0.5;

/**
 * How far each block lies from where a smooth field of shifts has it, in pixels. What is left of a map that does not quite
 * fit, and of the bend of a lens, is smooth over the picture; what things at different distances do is not.
 * @param blocks at least {@link TERMS}
 */
export function unevenShifts(blocks: readonly AlignedBlock[]): number[] {
  const [scaleX, scaleY] = [Math.max(...blocks.map(({ x }) => x), 1), Math.max(...blocks.map(({ y }) => y), 1)];
  const rows = blocks.map(({ x, y }) => {
    const [u, v] = [(2 * x) / scaleX - 1, (2 * y) / scaleY - 1];
    return [1, u, v, u * u, u * v, v * v];
  });
  let weights = blocks.map(() => 1);
  let left: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const alongX = residuals(
      rows,
      blocks.map(({ shiftX }) => shiftX),
      weights,
    );
    const alongY = residuals(
      rows,
      blocks.map(({ shiftY }) => shiftY),
      weights,
    );
    left = alongX.map((dx, at) => Math.hypot(dx, alongY[at]!));
    weights = left.map((pixels) => 1 / (1 + (pixels / ROBUST_PIXELS) ** 2));
  }
  return left;
}

function residuals(rows: readonly number[][], values: readonly number[], weights: readonly number[]): number[] {
  const normal = Array.from({ length: TERMS }, () => new Array<number>(TERMS + 1).fill(0));
  for (const [at, row] of rows.entries()) {
    for (let i = 0; i < TERMS; i++) {
      for (let j = 0; j < TERMS; j++) normal[i]![j]! += weights[at]! * row[i]! * row[j]!;
      normal[i]![TERMS]! += weights[at]! * row[i]! * values[at]!;
    }
  }
  // A little is held against every term, so that blocks in one line have an answer too.
  for (let i = 0; i < TERMS; i++) normal[i]![i]! += 1e-3 * rows.length;
  const terms = solve(normal);
  return values.map((value, at) => value - rows[at]!.reduce((sum, part, i) => sum + part * terms[i]!, 0));
}

/** Gauss's elimination with the greatest pivot. @param system rows of coefficients, the right side last */
function solve(system: number[][]): number[] {
  const size = system.length;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(system[row]![column]!) > Math.abs(system[pivot]![column]!)) pivot = row;
    }
    [system[column], system[pivot]] = [system[pivot]!, system[column]!];
    for (let row = 0; row < size; row++) {
      if (row === column) continue;
      const factor = system[row]![column]! / system[column]![column]!;
      for (let at = column; at <= size; at++) system[row]![at]! -= factor * system[column]![at]!;
    }
  }
  return system.map((row, at) => row[size]! / row[at]!);
}
