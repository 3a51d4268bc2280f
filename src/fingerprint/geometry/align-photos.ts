import { type AlignedBlock, alignBlocks } from './aligned-blocks.js';
import type { GreyPicture } from './grey-picture.js';
import { toMat } from './local-features.js';
import { type OpenCv, withNative } from './opencv.js';
import { applyMap, derivativesAt, invert, type PlaneMap, type Point } from './plane.js';

/** Both pictures are blurred so much before they are compared: noise and the blocks of JPEG are not what counts. */
const BLUR_PIXELS = 1;

/**
 * Lays one picture over the other, the finer over the coarser, and compares them block by block.
 * @param map from places in `a` to places in `b`
 * @param middle a place in `a` that `b` shows
 */
export function alignPhotos(cv: OpenCv, a: GreyPicture, b: GreyPicture, map: PlaneMap, middle: Point): AlignedBlock[] {
  const inverse = invert(map);
  if (!inverse) return [];
  const scale = scaleAt(map, middle);
  return scale <= 1 ? alignOver(cv, b, a, map, inverse, scale) : alignOver(cv, a, b, inverse, map, 1 / scale);
}

/** How many times its size in `a` a thing has in `b`, close to a place in `a`. */
export function scaleAt(map: PlaneMap, place: Point): number {
  const [xx, xy, yx, yy] = derivativesAt(map, place);
  return Math.sqrt(Math.abs(xx * yy - xy * yx));
}

function alignOver(
  cv: OpenCv,
  coarse: GreyPicture,
  fine: GreyPicture,
  toCoarse: PlaneMap,
  toFine: PlaneMap,
  scale: number,
): AlignedBlock[] {
  const [below, above] = withNative((own) => {
    const blurred = (picture: GreyPicture, pixels: number) => {
      const mat = own(toMat(cv, picture));
      cv.GaussianBlur(mat, mat, new cv.Size(0, 0), pixels, pixels, cv.BORDER_REPLICATE);
      return mat;
    };
    // As blurred as the coarser one will be, once it is as small.
    const source = blurred(fine, Math.hypot(BLUR_PIXELS, 0.5 * Math.sqrt(Math.max(0, 1 / scale ** 2 - 1)), 0));
    const matrix = own(new cv.Mat(3, 3, cv.CV_64FC1));
    matrix.data64F.set(toCoarse);
    const warped = own(new cv.Mat());
    const size = new cv.Size(coarse.width, coarse.height);
    cv.warpPerspective(source, warped, matrix, size, cv.INTER_LINEAR, cv.BORDER_REPLICATE, new cv.Scalar());
    return [blurred(coarse, BLUR_PIXELS).data.slice(), warped.data.slice()];
  });
  const { width, height } = coarse;
  const covered = (x: number, y: number) => {
    const [fineX, fineY] = applyMap(toFine, [x, y]);
    return fineX >= 0 && fineY >= 0 && fineX <= fine.width - 1 && fineY <= fine.height - 1;
  };
  return alignBlocks({ data: below!, width, height }, { data: above!, width, height }, covered);
}
