import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { ClaimprintError } from '../protocol/errors.js';
import type { SpaceManifest } from '../protocol/manifest.js';
import type { DecodedPhoto } from './decode.js';
import { checkModelFile } from './model-cache.js';

export type Provider = 'cuda' | 'cpu';

/** What the model needs of a photo; all photos of one batch have the same size. */
export type ModelInput = Pick<DecodedPhoto, 'data' | 'width' | 'height'>;

/** A loaded model. */
export interface Model {
  /** Where it computes. */
  readonly provider: Provider;
  /** Photos of one size that it takes best at once. */
  readonly batchSize: number;
  /** Unit vectors of the manifest's dimensions, one a photo. @throws INTERNAL if the model's answer is not finite. */
  embed(batch: readonly ModelInput[]): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** On a CPU a batch is no faster than its photos one by one (measured) and takes more memory. */
const BATCH_SIZE: Record<Provider, number> = { cpu: 1, cuda: 16 };

/**
 * Loads a space's model after checking its hash: on the GPU if onnxruntime's CUDA provider is installed and works, on
 * the CPU otherwise.
 * @throws MODEL_MISSING, MODEL_MISMATCH
 */
export async function loadModel(manifest: SpaceManifest, path: string): Promise<Model> {
  await checkModelFile(path, manifest);
  const { session, provider } = await createSession(path);
  return {
    provider,
    batchSize: BATCH_SIZE[provider],
    embed: (batch) => embed(session, manifest, batch),
    close: () => session.release(),
  };
}

async function createSession(path: string): Promise<{ session: ort.InferenceSession; provider: Provider }> {
  const options: ort.InferenceSession.SessionOptions = {
    // Spinning threads would burn the time that decoding needs; above four threads one photo hardly gets faster.
    intraOpNumThreads: Math.min(availableParallelism(), 4),
    interOpNumThreads: 1,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
    logSeverityLevel: 4,
  };
  if (cudaIsInstalled()) {
    try {
      const executionProviders = ['cuda', 'cpu'];
      return { session: await ort.InferenceSession.create(path, { ...options, executionProviders }), provider: 'cuda' };
    } catch {
      // No GPU, or its libraries are missing: the CPU gives the same answers, later.
    }
  }
  return { session: await ort.InferenceSession.create(path, options), provider: 'cpu' };
}

/** Asking onnxruntime for a provider whose library is missing prints an alarming message, so the file is looked for. */
function cudaIsInstalled(): boolean {
  const packageRoot = join(dirname(createRequire(import.meta.url).resolve('onnxruntime-node')), '..');
  const library = process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so';
  return existsSync(join(packageRoot, 'bin', 'napi-v6', process.platform, process.arch, library));
}

async function embed(
  session: ort.InferenceSession,
  { input, output }: SpaceManifest,
  batch: readonly ModelInput[],
): Promise<Float32Array[]> {
  const feed = toTensor(batch);
  const answer = (await session.run({ [input.name]: feed }))[output.name];
  const rightShape =
    answer?.dims.length === 2 && answer.dims[0] === batch.length && answer.dims[1] === output.dimensions;
  if (answer === undefined || !rightShape || !(answer.data instanceof Float32Array)) {
    throw new ClaimprintError('MODEL_MISMATCH', `The model does not answer with ${output.dimensions} numbers a photo.`);
  }
  const numbers = answer.data;
  return batch.map((_, i) => toUnit(numbers.slice(i * output.dimensions, (i + 1) * output.dimensions)));
}

function toTensor(batch: readonly ModelInput[]): ort.Tensor {
  const [first] = batch;
  if (first === undefined) throw new TypeError('a batch needs at least one photo');
  const { width, height } = first;
  if (batch.some((photo) => photo.width !== width || photo.height !== height)) {
    throw new TypeError('the photos of a batch must have one size');
  }
  const bytes = width * height * 3;
  const data = batch.length === 1 ? first.data : new Uint8Array(bytes * batch.length);
  if (batch.length > 1) for (const [i, photo] of batch.entries()) data.set(photo.data, i * bytes);
  return new ort.Tensor('uint8', data, [batch.length, height, width, 3]);
}

/** Scales a vector to length 1 in place. */
function toUnit(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const x of vector) squares += x * x;
  const length = Math.sqrt(squares);
  // Written so that NaN fails too.
  if (!(length > 1e-6 && length < 1e6)) throw new ClaimprintError('INTERNAL', 'The model gave no finite vector.');
  for (let i = 0; i < vector.length; i++) vector[i]! /= length;
  return vector;
}
