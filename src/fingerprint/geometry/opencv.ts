import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** What belongs to OpenCV's own memory and is given back by hand. */
interface Native {
  delete(): void;
}

export interface Mat extends Native {
  readonly rows: number;
  readonly cols: number;
  readonly data: Uint8Array;
  readonly data32F: Float32Array;
  readonly data64F: Float64Array;
}

interface KeyPoints extends Native {
  size(): number;
  get(at: number): { readonly pt: { readonly x: number; readonly y: number }; readonly response: number };
}

interface Matches extends Native {
  size(): number;
  get(at: number): Native & {
    size(): number;
    get(at: number): { readonly queryIdx: number; readonly trainIdx: number; readonly distance: number };
  };
}

interface Detector extends Native {
  setThreshold(threshold: number): void;
  detectAndCompute(image: Mat, mask: Mat, points: KeyPoints, descriptors: Mat): void;
}

/** The part of OpenCV that is used here; the names are OpenCV's. */
export interface OpenCv {
  readonly CV_8UC1: number;
  readonly CV_32FC2: number;
  readonly CV_64FC1: number;
  readonly INTER_LINEAR: number;
  readonly BORDER_REPLICATE: number;
  readonly NORM_HAMMING: number;
  readonly USAC_MAGSAC: number;
  readonly Mat: new (rows?: number, cols?: number, type?: number) => Mat;
  readonly Size: new (width: number, height: number) => object;
  readonly Scalar: new () => object;
  readonly KeyPointVector: new () => KeyPoints;
  readonly DMatchVectorVector: new () => Matches;
  readonly AKAZE: new () => Detector;
  readonly BFMatcher: new (
    norm: number,
    crossCheck: boolean,
  ) => Native & { knnMatch(query: Mat, train: Mat, matches: Matches, k: number): void };
  setRNGSeed(seed: number): void;
  findHomography(
    from: Mat,
    to: Mat,
    method: number,
    tolerancePixels: number,
    inliers: Mat,
    iterations: number,
    confidence: number,
  ): Mat;
  GaussianBlur(from: Mat, to: Mat, kernel: object, sigmaX: number, sigmaY: number, border: number): void;
  warpPerspective(
    from: Mat,
    to: Mat,
    matrix: Mat,
    size: object,
    interpolation: number,
    border: number,
    fill: object,
  ): void;
}

/** Loads OpenCV, 11 MB of JavaScript and WebAssembly: about half a second, once a process. */
export function loadOpenCv(): Promise<OpenCv> {
  // Only where photos are compared by their points, and never by whatever merely imports this file.
  return require('@opencvjs/node').loadOpenCV() as Promise<OpenCv>;
}

/** Runs `work` and gives back, whatever happens, all memory of OpenCV's that it was told of by `own`. */
export function withNative<Result>(work: (own: <Object extends Native>(object: Object) => Object) => Result): Result {
  const owned: Native[] = [];
  try {
    return work((object) => {
      owned.push(object);
      return object;
    });
  } finally {
    for (const object of owned.reverse()) object.delete();
  }
}
