import type { LocalFeatures } from './local-features.js';
import { type OpenCv, withNative } from './opencv.js';
import type { PlaneMap, Point } from './plane.js';

/** A match counts if the second best is so much farther away (Lowe's ratio). */
const MAX_RATIO = 0.8;
/** How far a point may be from where the map says, in pixels of the working size. */
const TOLERANCE_PIXELS = 3;
const MAX_ITERATIONS = 2_000;
const CONFIDENCE = 0.995;
/** Fewer agree by chance. */
const MIN_INLIERS = 6;

export interface PointMatches {
  readonly from: readonly Point[];
  readonly to: readonly Point[];
}

export interface FoundMap {
  /** Points that look alike. */
  readonly matched: number;
  /** Those of them that agree on one map. */
  readonly inliers: number;
  /** Undefined if none has {@link MIN_INLIERS} points behind it. */
  readonly map?: PlaneMap | undefined;
}

/** Pairs the points of two pictures that look alike, each point at most once. */
export function matchFeatures(cv: OpenCv, a: LocalFeatures, b: LocalFeatures): PointMatches {
  if (a.points.length < 2 || b.points.length < 2) return { from: [], to: [] };
  const best = withNative((own) => {
    const matches = own(new cv.DMatchVectorVector());
    own(new cv.BFMatcher(cv.NORM_HAMMING, false)).knnMatch(a.descriptors, b.descriptors, matches, 2);
    const byTarget = new Map<number, { from: number; distance: number }>();
    for (let at = 0; at < matches.size(); at++) {
      withNative((ownMatch) => {
        const nearest = ownMatch(matches.get(at));
        if (nearest.size() < 2) return;
        const { queryIdx, trainIdx, distance } = nearest.get(0);
        if (distance > MAX_RATIO * nearest.get(1).distance) return;
        const other = byTarget.get(trainIdx);
        if (!other || distance < other.distance) byTarget.set(trainIdx, { from: queryIdx, distance });
      });
    }
    return [...byTarget];
  });
  return { from: best.map(([, { from }]) => a.points[from]!), to: best.map(([to]) => b.points[to]!) };
}

/** The perspective map on which most matches agree: MAGSAC (Barath et al., CVPR 2019) with a seed of its own, so always the same. */
export function findPlaneMap(cv: OpenCv, { from, to }: PointMatches): FoundMap {
  const matched = from.length;
  if (matched < MIN_INLIERS) return { matched, inliers: 0 };
  return withNative((own) => {
    const mat = (points: readonly Point[]) => {
      const mat = own(new cv.Mat(points.length, 1, cv.CV_32FC2));
      mat.data32F.set(points.flat());
      return mat;
    };
    const agreeing = own(new cv.Mat());
    cv.setRNGSeed(0);
    const found = own(
      cv.findHomography(mat(from), mat(to), cv.USAC_MAGSAC, TOLERANCE_PIXELS, agreeing, MAX_ITERATIONS, CONFIDENCE),
    );
    if (found.rows !== 3) return { matched, inliers: 0 };
    const inliers = agreeing.data.reduce((sum, agrees) => sum + (agrees ? 1 : 0), 0);
    const map = [...found.data64F];
    return { matched, inliers, map: inliers >= MIN_INLIERS && map.every(Number.isFinite) ? map : undefined };
  });
}
