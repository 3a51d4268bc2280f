import type { GreyPicture } from './grey-picture.js';
import { type Mat, type OpenCv, withNative } from './opencv.js';
import type { Point } from './plane.js';

/** The most points that are taken of a picture: its strongest. */
const MAX_POINTS = 1_000;
/** How little may stand out and still be a point; OpenCV's own .001 finds too few in blurred photos. */
const THRESHOLD = 0.0003;

/** Points of a picture that can be found again, with what is around each. */
export interface LocalFeatures {
  readonly points: readonly Point[];
  /** A row of bits a point; whoever has it deletes it. */
  readonly descriptors: Mat;
}

/** Finds points by AKAZE (Alcantarilla et al., BMVC 2013): they withstand turns, other sizes, blur and noise. */
export function findFeatures(cv: OpenCv, picture: GreyPicture): LocalFeatures {
  return withNative((own) => {
    const image = own(toMat(cv, picture));
    const keyPoints = own(new cv.KeyPointVector());
    const descriptors = own(new cv.Mat());
    const detector = own(new cv.AKAZE());
    detector.setThreshold(THRESHOLD);
    detector.detectAndCompute(image, own(new cv.Mat()), keyPoints, descriptors);
    const found = Array.from({ length: keyPoints.size() }, (_, row) => ({ row, ...keyPoints.get(row) }));
    const kept = found.sort((a, b) => b.response - a.response || a.row - b.row).slice(0, MAX_POINTS);
    const rows = new cv.Mat(kept.length, descriptors.cols, cv.CV_8UC1);
    for (const [at, { row }] of kept.entries()) {
      rows.data.set(descriptors.data.subarray(row * descriptors.cols, (row + 1) * descriptors.cols), at * rows.cols);
    }
    return { points: kept.map(({ pt }): Point => [pt.x, pt.y]), descriptors: rows };
  });
}

/** A picture in OpenCV's memory; whoever has it deletes it. */
export function toMat(cv: OpenCv, { data, width, height }: GreyPicture): Mat {
  const mat = new cv.Mat(height, width, cv.CV_8UC1);
  mat.data.set(data);
  return mat;
}
