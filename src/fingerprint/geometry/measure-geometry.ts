import { alignPhotos } from './align-photos.js';
import type { AlignedBlock } from './aligned-blocks.js';
import { type FoundMap, findPlaneMap, matchFeatures } from './find-plane-map.js';
import { type GreyPicture, mirrored, type ViewedPhoto } from './grey-picture.js';
import { findFeatures, type LocalFeatures } from './local-features.js';
import type { OpenCv } from './opencv.js';
import { applyMap, compose, fromPixels, IDENTITY, mirroring, type PlaneMap, toPixels } from './plane.js';
import { describeMap, type PlaneRelation } from './plane-relation.js';
import { unevenShifts } from './smooth-shifts.js';

/** With so many points on one map, and blocks no further off than this, in pixels, the mirrored photo is not tried. */
const CLEAR = { inliers: 40, unevenness: 1 } as const;
/** Blocks that must be there to say how alike the pixels are. */
const MIN_BLOCKS = 8;
/** A block that is found again at all. */
const FOUND_CORRELATION = 0.6;

/** What two photos have to do with one another, as their points and pixels say. */
export interface GeometryMeasures {
  /** Points found in each. */
  readonly points: readonly [a: number, b: number];
  /** Points of the one that look like points of the other. */
  readonly matched: number;
  /** Those of them that agree on one map from photo to photo. */
  readonly inliers: number;
  /** Undefined where too few agree. */
  readonly relation?: PlaneRelation | undefined;
  /** Undefined where the photos, laid over one another, have too little in common that shows anything. */
  readonly pixels?: AlignedPixels | undefined;
}

/** How alike the pixels are, once one photo was laid over the other, in blocks of 16 × 16 pixels that show something. */
export interface AlignedPixels {
  readonly blocks: number;
  /** Normalised cross correlation, -1 to 1, that half of the blocks reach. */
  readonly correlation: number;
  /** That three quarters of them reach. */
  readonly lowCorrelation: number;
  /** Pixels, at the working size, by which three quarters of the blocks lie off a smooth field of shifts at most. */
  readonly unevenness: number;
}

/** Compares two photos by their points, `a` mirrored too, and by their pixels once one was laid over the other. */
export function measureGeometry(cv: OpenCv, a: ViewedPhoto, b: ViewedPhoto): GeometryMeasures {
  const [featuresA, featuresB] = [findFeatures(cv, a), findFeatures(cv, b)];
  let turned: LocalFeatures | undefined;
  try {
    const points = [featuresA.points.length, featuresB.points.length] as const;
    const straight = relate(cv, a, { picture: a, features: featuresA, map: IDENTITY }, b, featuresB);
    if (isClear(straight)) return { points, ...straight };
    const picture = mirrored(a);
    turned = findFeatures(cv, picture);
    const opposite = relate(cv, a, { picture, features: turned, map: mirroring(a.width) }, b, featuresB);
    return { points, ...(opposite.inliers > straight.inliers ? opposite : straight) };
  } finally {
    for (const features of [featuresA, featuresB, turned]) features?.descriptors.delete();
  }
}

/** Many points alone are not clear: the front of a car resembles its mirror image. */
function isClear({ inliers, pixels }: Pick<GeometryMeasures, 'inliers' | 'pixels'>): boolean {
  return inliers >= CLEAR.inliers && pixels !== undefined && pixels.unevenness <= CLEAR.unevenness;
}

/** Photo A as it is or mirrored, and the map from the pixels of the one to those of the other. */
interface Side {
  readonly picture: GreyPicture;
  readonly features: LocalFeatures;
  readonly map: PlaneMap;
}

function relate(
  cv: OpenCv,
  a: ViewedPhoto,
  side: Side,
  b: ViewedPhoto,
  featuresB: LocalFeatures,
): Omit<GeometryMeasures, 'points'> {
  const { matched, inliers, map }: FoundMap = findPlaneMap(cv, matchFeatures(cv, side.features, featuresB));
  if (!map) return { matched, inliers };
  const fromPhoto = toPixels(a.width / a.photoWidth, a.height / a.photoHeight);
  const toPhoto = fromPixels(b.width / b.photoWidth, b.height / b.photoHeight);
  const described = describeMap(
    compose(toPhoto, map, side.map, fromPhoto),
    { width: a.photoWidth, height: a.photoHeight },
    { width: b.photoWidth, height: b.photoHeight },
  );
  // A map that no camera and no program makes: a few points that agree by chance.
  if (!described) return { matched, inliers: 0 };
  const { middle, ...relation } = described;
  const place = applyMap(compose(side.map, fromPhoto), middle);
  return { matched, inliers, relation, pixels: judgePixels(alignPhotos(cv, side.picture, b, map, place)) };
}

function judgePixels(blocks: readonly AlignedBlock[]): AlignedPixels | undefined {
  if (blocks.length < MIN_BLOCKS) return undefined;
  const correlations = blocks.map(({ correlation }) => correlation).sort((one, other) => one - other);
  const found = blocks.filter(({ correlation }) => correlation >= FOUND_CORRELATION);
  return {
    blocks: blocks.length,
    correlation: quantile(correlations, 0.5),
    lowCorrelation: quantile(correlations, 0.25),
    unevenness: quantile(
      unevenShifts(found.length < MIN_BLOCKS ? blocks : found).sort((one, other) => one - other),
      0.75,
    ),
  };
}

/** @param sorted ascending, at least one */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(share * (sorted.length - 1))]!;
}
