/** A 3 × 3 matrix, row by row, that maps points of one picture to points of another. */
export type PlaneMap = readonly number[];
export type Point = readonly [x: number, y: number];

export const IDENTITY: PlaneMap = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** From a photo's places, counted from its corner, to those of the middles of its pixels at another size. */
export function toPixels(scaleX: number, scaleY: number): PlaneMap {
  return [scaleX, 0, -0.5, 0, scaleY, -0.5, 0, 0, 1];
}

/** The way back from {@link toPixels}. */
export function fromPixels(scaleX: number, scaleY: number): PlaneMap {
  return [1 / scaleX, 0, 0.5 / scaleX, 0, 1 / scaleY, 0.5 / scaleY, 0, 0, 1];
}

/** Of a picture `width` wide: left and right exchanged. */
export function mirroring(width: number): PlaneMap {
  return [-1, 0, width - 1, 0, 1, 0, 0, 0, 1];
}

/** The map that does the last one first. */
export function compose(...maps: readonly PlaneMap[]): PlaneMap {
  return maps.reduce((a, b) =>
    Array.from({ length: 9 }, (_, at) => {
      const [row, column] = [Math.floor(at / 3) * 3, at % 3];
      return a[row]! * b[column]! + a[row + 1]! * b[column + 3]! + a[row + 2]! * b[column + 6]!;
    }),
  );
}

/** @returns undefined for a map that loses a dimension */
export function invert(map: PlaneMap): PlaneMap | undefined {
  const [a, b, c, d, e, f, g, h, i] = map as [number, number, number, number, number, number, number, number, number];
  const cofactors = [e * i - f * h, c * h - b * i, b * f - c * e, f * g - d * i, a * i - c * g, c * d - a * f];
  cofactors.push(d * h - e * g, b * g - a * h, a * e - b * d);
  const determinant = a * cofactors[0]! + b * cofactors[3]! + c * cofactors[6]!;
  if (!Number.isFinite(1 / determinant)) return undefined;
  return cofactors.map((cofactor) => cofactor / determinant);
}

export function applyMap(map: PlaneMap, [x, y]: Point): Point {
  const w = map[6]! * x + map[7]! * y + map[8]!;
  return [(map[0]! * x + map[1]! * y + map[2]!) / w, (map[3]! * x + map[4]! * y + map[5]!) / w];
}

/** What the map does close to a point: [∂x'/∂x, ∂x'/∂y, ∂y'/∂x, ∂y'/∂y]. */
export function derivativesAt(map: PlaneMap, point: Point): readonly [number, number, number, number] {
  const w = map[6]! * point[0] + map[7]! * point[1] + map[8]!;
  const [x, y] = applyMap(map, point);
  return [
    (map[0]! - map[6]! * x) / w,
    (map[1]! - map[7]! * x) / w,
    (map[3]! - map[6]! * y) / w,
    (map[4]! - map[7]! * y) / w,
  ];
}

/** The corners of a picture, clockwise as it is seen. */
export function cornersOf({ width, height }: { width: number; height: number }): Point[] {
  return [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
  ];
}

/** Area of a polygon, whichever way round. */
export function areaOf(polygon: readonly Point[]): number {
  let doubled = 0;
  for (const [at, [x, y]] of polygon.entries()) {
    const [nextX, nextY] = polygon[(at + 1) % polygon.length]!;
    doubled += x * nextY - nextX * y;
  }
  return Math.abs(doubled) / 2;
}

/** What of a convex polygon lies within a picture (Sutherland and Hodgman's way). */
export function within(polygon: readonly Point[], { width, height }: { width: number; height: number }): Point[] {
  const insides: ((point: Point) => number)[] = [([x]) => x, ([x]) => width - x, ([, y]) => y, ([, y]) => height - y];
  let left = [...polygon];
  for (const inside of insides) {
    left = left.flatMap((point, at) => {
      const next = left[(at + 1) % left.length]!;
      const [here, there] = [inside(point), inside(next)];
      const kept: Point[] = here >= 0 ? [point] : [];
      if (here < 0 === there < 0) return kept;
      const share = here / (here - there);
      return [...kept, [point[0] + share * (next[0] - point[0]), point[1] + share * (next[1] - point[1])]];
    });
  }
  return left;
}
