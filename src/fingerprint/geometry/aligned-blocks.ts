import type { GreyPicture } from './grey-picture.js';

/** Pixels of a block's side. */
const BLOCK = 16;
/** How far around its place a block is looked for. */
const REACH = 3;
/** Grey values' standard deviation from which a block shows something. */
const MIN_DEVIATION = 5;

/** How a block of one picture is found in the other, where it should be. */
export interface AlignedBlock {
  readonly x: number;
  readonly y: number;
  /** Best normalised cross correlation nearby, -1 to 1. */
  readonly correlation: number;
  /** Where that is, in pixels from where it should be. */
  readonly shiftX: number;
  readonly shiftY: number;
}

/**
 * Compares two pictures of one size, block by block, by normalised cross correlation: light and contrast do not count.
 * Blocks in which either shows next to nothing are left out.
 * @param covered whether the other picture has anything at a place
 */
export function alignBlocks(
  a: GreyPicture,
  b: GreyPicture,
  covered: (x: number, y: number) => boolean,
): AlignedBlock[] {
  const blocks: AlignedBlock[] = [];
  for (let y = REACH; y + BLOCK + REACH <= a.height; y += BLOCK) {
    for (let x = REACH; x + BLOCK + REACH <= a.width; x += BLOCK) {
      const [low, high] = [-REACH, BLOCK + REACH];
      const isCovered =
        covered(x + low, y + low) &&
        covered(x + high, y + low) &&
        covered(x + low, y + high) &&
        covered(x + high, y + high);
      const block = isCovered ? alignBlock(a, b, x, y) : undefined;
      if (block) blocks.push(block);
    }
  }
  return blocks;
}

const AREA = BLOCK * BLOCK;
const SIDE = 2 * REACH + 1;

function alignBlock(a: GreyPicture, b: GreyPicture, x: number, y: number): AlignedBlock | undefined {
  const own = statistics(a, x, y);
  if (own.deviation < MIN_DEVIATION || statistics(b, x, y).deviation < MIN_DEVIATION) return undefined;
  const at: number[] = [];
  let best = 0;
  for (let dy = -REACH; dy <= REACH; dy++) {
    for (let dx = -REACH; dx <= REACH; dx++) {
      at.push(correlate(a, b, x, y, dx, dy, own));
      if (at[at.length - 1]! > at[best]!) best = at.length - 1;
    }
  }
  const [row, column] = [Math.floor(best / SIDE), best % SIDE];
  const isEdge = (place: number) => place === 0 || place === SIDE - 1;
  const peak = at[best]!;
  return {
    x,
    y,
    correlation: peak,
    shiftX: column - REACH + (isEdge(column) ? 0 : vertex(at[best - 1]!, peak, at[best + 1]!)),
    shiftY: row - REACH + (isEdge(row) ? 0 : vertex(at[best - SIDE]!, peak, at[best + SIDE]!)),
  };
}

function statistics({ data, width }: GreyPicture, x: number, y: number): { mean: number; deviation: number } {
  let [sum, squares] = [0, 0];
  for (let row = y; row < y + BLOCK; row++) {
    for (let at = row * width + x; at < row * width + x + BLOCK; at++) {
      sum += data[at]!;
      squares += data[at]! ** 2;
    }
  }
  const mean = sum / AREA;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / AREA - mean ** 2)) };
}

function correlate(
  a: GreyPicture,
  b: GreyPicture,
  x: number,
  y: number,
  dx: number,
  dy: number,
  own: { mean: number; deviation: number },
): number {
  let [sum, squares, products] = [0, 0, 0];
  for (let row = 0; row < BLOCK; row++) {
    let atA = (y + row) * a.width + x;
    let atB = (y + dy + row) * b.width + x + dx;
    for (let column = 0; column < BLOCK; column++, atA++, atB++) {
      const value = b.data[atB]!;
      sum += value;
      squares += value * value;
      products += value * a.data[atA]!;
    }
  }
  const mean = sum / AREA;
  const deviation = Math.sqrt(Math.max(0, squares / AREA - mean * mean));
  return deviation < 1 ? 0 : (products / AREA - mean * own.mean) / (deviation * own.deviation);
}

/** Where a parabola through three values, the middle one the greatest, has its top: -.5 to .5. */
function vertex(before: number, middle: number, after: number): number {
  const bend = before - 2 * middle + after;
  return bend < 0 ? Math.max(-0.5, Math.min(0.5, (before - after) / (2 * bend))) : 0;
}
