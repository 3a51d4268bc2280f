import {
  applyMap,
  areaOf,
  compose,
  cornersOf,
  derivativesAt,
  invert,
  type PlaneMap,
  type Point,
  within,
} from './plane.js';

interface Extent {
  readonly width: number;
  readonly height: number;
}

/** `SIMILAR`: moved, turned and scaled; `AFFINE`: stretched or slanted too; `PERSPECTIVE`: as seen at an angle. */
export type MapKind = 'SIMILAR' | 'AFFINE' | 'PERSPECTIVE';

/** How photo B was made from photo A, or A from B: where each shows the other. Sizes are of the upright photos. */
export interface PlaneRelation {
  /** From pixels of A to pixels of B, homogeneous, row by row. */
  readonly matrix: PlaneMap;
  readonly kind: MapKind;
  readonly mirrored: boolean;
  /** Clockwise, -180 to 180, after mirroring left and right, if it is mirrored. */
  readonly turnedDegrees: number;
  /** Size of a thing in B over its size in A. */
  readonly scale: number;
  /** Share of A that B shows, and of B that A fills, 0 to 1. */
  readonly shareOfA: number;
  readonly shareOfB: number;
  /** Middle of what both show, as shares of A's width and height, and of B's. */
  readonly placeInA: Point;
  readonly placeInB: Point;
}

/** Greatest and least magnification, and how much greater it may be in one direction than across. */
const MAX_SCALE = 20;
const MAX_STRETCH = 5;
/** The perspective of a screen seen at an angle makes a thing so many times as large at one corner as at another. */
const MAX_CORNER_RATIO = 6;
/** Less of either photo than this is not worth a word. */
const MIN_SHARE = 0.01;
/** Differences of the corners from a simpler map, as a share of the diagonal, that are the points' own uncertainty. */
const SIMPLER_TOLERANCE = 0.012;

/** @returns undefined for a map that no camera and no program makes; `middle`, in pixels of A, is a place that both show */
export function describeMap(
  map: PlaneMap,
  a: Extent,
  b: Extent,
): (PlaneRelation & { readonly middle: Point }) | undefined {
  const inverse = invert(map);
  if (!inverse) return undefined;
  const shown = partShown(map, inverse, a, b);
  if (!shown) return undefined;
  const shareOfA = areaOf(shown) / (a.width * a.height);
  const shownInB = shown.map((point) => applyMap(map, point));
  const shareOfB = areaOf(shownInB) / (b.width * b.height);
  if (!(Math.min(shareOfA, shareOfB) >= MIN_SHARE)) return undefined;
  const middle = meanOf(shown);
  if (!isPlausible(map, shown, middle)) return undefined;
  const [xx, xy, yx, yy] = derivativesAt(map, middle);
  const mirrored = xx * yy - xy * yx < 0;
  // The turn that comes nearest: that of the map itself, or of the map of the mirrored photo.
  const side = mirrored ? -1 : 1;
  const turnedDegrees = (Math.atan2(side * yx - xy, side * xx + yy) * 180) / Math.PI;
  const middleInB = meanOf(shownInB);
  return {
    matrix: map.map((value) => value / map[8]!),
    kind: kindOf(map, shown, [xx, xy, yx, yy], middle),
    mirrored,
    turnedDegrees,
    scale: Math.sqrt(Math.abs(xx * yy - xy * yx)),
    shareOfA: Math.min(1, shareOfA),
    shareOfB: Math.min(1, shareOfB),
    placeInA: [middle[0] / a.width, middle[1] / a.height],
    placeInB: [middleInB[0] / b.width, middleInB[1] / b.height],
    middle,
  };
}

/** The corners of what of A is seen in B; undefined if A's horizon lies within it. */
function partShown(map: PlaneMap, inverse: PlaneMap, a: Extent, b: Extent): Point[] | undefined {
  const weight = ([x, y]: Point, by: PlaneMap) => by[6]! * x + by[7]! * y + by[8]!;
  const sides = cornersOf(b).map((corner) => weight(corner, inverse));
  if (sides.some((side) => side * sides[0]! <= 0)) return undefined;
  const shown = within(
    cornersOf(b).map((corner) => applyMap(inverse, corner)),
    a,
  );
  const fronts = shown.map((corner) => weight(corner, map));
  return shown.length >= 3 && fronts.every((front) => front * fronts[0]! > 0) ? shown : undefined;
}

function isPlausible(map: PlaneMap, shown: readonly Point[], middle: Point): boolean {
  const [xx, xy, yx, yy] = derivativesAt(map, middle);
  const [half, determinant] = [(xx ** 2 + xy ** 2 + yx ** 2 + yy ** 2) / 2, xx * yy - xy * yx];
  const root = Math.sqrt(Math.max(0, half ** 2 - determinant ** 2));
  const [most, least] = [Math.sqrt(half + root), Math.sqrt(Math.max(0, half - root))];
  const scales = shown.map((point) => {
    const [a, b, c, d] = derivativesAt(map, point);
    return a * d - b * c;
  });
  const isEven = scales.every((scale) => scale * determinant > 0);
  const ratio = Math.sqrt(Math.max(...scales.map(Math.abs)) / Math.min(...scales.map(Math.abs)));
  return (
    isEven && ratio <= MAX_CORNER_RATIO && most <= MAX_SCALE && least >= 1 / MAX_SCALE && most <= MAX_STRETCH * least
  );
}

/** The simplest kind of map by which the corners of what is shown come to lie where they are. */
function kindOf(
  map: PlaneMap,
  shown: readonly Point[],
  [xx, xy, yx, yy]: readonly [number, number, number, number],
  middle: Point,
): MapKind {
  const there = applyMap(map, middle);
  const linear = (a: number, b: number, c: number, d: number): PlaneMap => [a, b, 0, c, d, 0, 0, 0, 1];
  const around = (part: PlaneMap) =>
    compose([1, 0, there[0], 0, 1, there[1], 0, 0, 1], part, [1, 0, -middle[0], 0, 1, -middle[1], 0, 0, 1]);
  const side = xx * yy - xy * yx < 0 ? -1 : 1;
  const [cosine, sine] = [(xx + side * yy) / 2, (yx - side * xy) / 2];
  const corners = shown.map((point) => applyMap(map, point));
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  const diagonal = Math.hypot(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  const isAsGood = (simpler: PlaneMap) =>
    shown.every((point, at) => {
      const [x, y] = applyMap(simpler, point);
      return Math.hypot(x - corners[at]![0], y - corners[at]![1]) <= SIMPLER_TOLERANCE * diagonal;
    });
  if (isAsGood(around(linear(cosine, -side * sine, sine, side * cosine)))) return 'SIMILAR';
  return isAsGood(around(linear(xx, xy, yx, yy))) ? 'AFFINE' : 'PERSPECTIVE';
}

function meanOf(points: readonly Point[]): Point {
  const [x, y] = points.reduce(([sumX, sumY], [x, y]) => [sumX + x, sumY + y], [0, 0] as Point);
  return [x / points.length, y / points.length];
}
