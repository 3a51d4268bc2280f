import { ClaimprintError } from '../protocol/errors.js';
import type { ModelManifest } from '../protocol/manifest.js';
import { DecoderPool } from './decoder/decoder-pool.js';
import { drawnPhoto } from './drawn-photo.js';
import type { Raster } from './hashes/resize-lanczos.js';
import { loadModel } from './model.js';

/** Two runs on the same pixels may differ by so much in a number. */
const MAX_RUN_DIFFERENCE = 1e-6;
const MAX_BATCH_DIFFERENCE = 1e-5;
const MIN_PARITY_COSINE = 0.9999;

export interface CheckModelOptions {
  /** A photo file to try; drawn pixels if not given. */
  readonly photo?: Uint8Array | undefined;
  /** What the model is known to say of that photo, of any length but zero. */
  readonly expected?: readonly number[] | undefined;
}

/** How a model fared, on the CPU: there its answers depend on nothing but the photo. */
export interface ModelCheck {
  readonly dimensions: number;
  /** Greatest difference in a number between a photo in a batch of two and alone. */
  readonly batchDifference: number;
  /** Of the model's vector with the expected one. */
  readonly cosine?: number;
  /** Greatest difference in a number from the expected vector brought to length 1. */
  readonly expectedDifference?: number;
}

/**
 * Tries whether a model does what its manifest says: runs on a photo, gives the right number of finite numbers of length 1,
 * the same ones again, the same ones in a batch of two, and the expected ones.
 * @throws MODEL_MISSING, MODEL_MISMATCH; BAD_MODEL naming what is wrong; what the photo is refused for
 */
export async function checkModel(
  manifest: ModelManifest,
  modelPath: string,
  { photo, expected }: CheckModelOptions,
): Promise<ModelCheck> {
  const model = await loadModel(manifest, modelPath, { provider: 'cpu' });
  try {
    const pixels = photo ? await decode(photo, manifest) : drawnPhoto(manifest);
    const negative = { ...pixels, data: pixels.data.map((value) => 255 - value) };
    const [alone] = await model.embed([pixels]);
    const [again] = await model.embed([pixels]);
    if (!(difference(alone!, again!) <= MAX_RUN_DIFFERENCE)) {
      throw new ClaimprintError('BAD_MODEL', 'The model says two things of the same photo: it draws random numbers.');
    }
    const [negativeAlone] = await model.embed([negative]);
    const [first, second] = await model.embed([pixels, negative]);
    const batchDifference = Math.max(difference(alone!, first!), difference(negativeAlone!, second!));
    if (!(batchDifference <= MAX_BATCH_DIFFERENCE)) {
      const by = batchDifference.toExponential(1);
      throw new ClaimprintError(
        'BAD_MODEL',
        `The model says something else of a photo in a batch than alone (by ${by}).`,
      );
    }
    const check = { dimensions: alone!.length, batchDifference };
    return expected ? { ...check, ...parity(alone!, expected) } : check;
  } finally {
    await model.close();
  }
}

async function decode(photo: Uint8Array, { input: { edge, mode } }: ModelManifest): Promise<Raster> {
  const decoders = new DecoderPool({ edge, mode, processes: 1 });
  try {
    const { data, width, height } = await decoders.decode(photo);
    return { data, width, height };
  } finally {
    await decoders.close();
  }
}

function difference(a: Float32Array, b: ArrayLike<number>): number {
  return a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);
}

function parity(
  vector: Float32Array,
  expected: readonly number[],
): Required<Pick<ModelCheck, 'cosine' | 'expectedDifference'>> {
  if (expected.length !== vector.length) {
    const message = `The expected vector has ${expected.length} numbers, the model gives ${vector.length}.`;
    throw new ClaimprintError('MODEL_MISMATCH', message);
  }
  const length = Math.hypot(...expected);
  const unit = expected.map((x) => x / length);
  const cosine = vector.reduce((sum, x, i) => sum + x * unit[i]!, 0);
  // Written so that NaN fails too.
  if (cosine >= MIN_PARITY_COSINE) {
    return { cosine: Math.min(1, cosine), expectedDifference: difference(vector, unit) };
  }
  const message = `The model's vector has cosine ${cosine.toFixed(5)} with the expected one; it must have ${MIN_PARITY_COSINE}.`;
  throw new ClaimprintError('BAD_MODEL', message);
}
