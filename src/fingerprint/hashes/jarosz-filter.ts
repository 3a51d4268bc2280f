export interface LumaPicture {
  readonly width: number;
  readonly height: number;
  /** Numbers from 0 to 255, from the top down; each row is read before the next one is made. */
  readonly rows: Iterable<Float32Array>;
}

const PASSES = 2;

/**
 * PDQ's smoothing before it samples: twice a running mean along rows and columns, over half a sample's width. A large
 * photo in single precision would take more memory than its decoder has, so only the rows of a window are there at once.
 */
export function smooth({ width, height, rows }: LumaPicture, samples: number): LumaPicture {
  const alongRows = windowSize(width, samples);
  const alongColumns = windowSize(height, samples);
  let smoothed = rows;
  for (let pass = 0; pass < PASSES; pass++)
    smoothed = meanOfRows(meanInRows(smoothed, alongRows), height, alongColumns);
  return { width, height, rows: smoothed };
}

function windowSize(side: number, samples: number): number {
  return Math.ceil(side / (2 * samples));
}

/** Numbers that a mean's window holds before its first place. An even window reaches one further ahead. */
function numbersAhead(window: number): number {
  return (window + 2) >> 1;
}

/**
 * Mean over a window around each number of a row, shorter at its ends. The sum runs along in single precision, so that its
 * rounding errors are those of the reference.
 */
function* meanInRows(rows: Iterable<Float32Array>, window: number): Generator<Float32Array> {
  for (const row of rows) {
    const mean = new Float32Array(row.length);
    let sum = 0;
    let left = 0;
    for (let right = 0, at = 1 - numbersAhead(window); at < row.length; right++, at++) {
      if (right < row.length) sum = Math.fround(sum + row[right]!);
      if (at < 0) continue;
      const end = Math.min(right + 1, row.length);
      if (right >= row.length || end - left > window) sum = Math.fround(sum - row[left++]!);
      mean[at] = sum / (end - left);
    }
    yield mean;
  }
}

/** As {@link meanInRows}, along columns. */
function* meanOfRows(rows: Iterable<Float32Array>, height: number, window: number): Generator<Float32Array> {
  const held: Float32Array[] = [];
  let sums: Float32Array | undefined;
  let at = 1 - numbersAhead(window);
  const dropOldest = (): void => {
    const oldest = held.shift()!;
    for (let x = 0; x < oldest.length; x++) sums![x]! -= oldest[x]!;
  };
  const means = () => sums!.map((sum) => sum / held.length);
  for (const row of rows) {
    sums ??= new Float32Array(row.length);
    for (let x = 0; x < row.length; x++) sums[x]! += row[x]!;
    held.push(row);
    if (at >= 0) {
      if (held.length > window) dropOldest();
      yield means();
    }
    at++;
  }
  for (; at < height; at++) {
    dropOldest();
    yield means();
  }
}
