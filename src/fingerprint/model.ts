import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import * as ort from 'onnxruntime-node';
import type { ModelSettings, Provider } from '../platform/model-settings.js';
import { ClaimprintError } from '../protocol/errors.js';
import type { ModelManifest } from '../protocol/manifest.js';
import { EVIDENCE_REGIONS } from '../protocol/part-kinds.js';
import { NORM_TOLERANCE } from '../protocol/vector.js';
import { requireAgreement } from './agreement.js';
import type { DecodedPhoto } from './decode.js';
import { drawnPhoto } from './drawn-photo.js';
import { guardGpu } from './guard-gpu.js';
import { checkModelFile } from './model-cache.js';
import { poolFeatures } from './pool-features.js';
import { cudaIsInstalled, type Gpu, type Graph, openOnGpu, openSession } from './provider.js';
import { regionCover } from './region-cover.js';
import { COVER_INPUTS, REGION_OUTPUTS, withRegions } from './region-graph.js';
import { textureProjection } from './texture-vector.js';
import { toTensor } from './to-tensor.js';

/** What the model needs of a photo; all photos of one batch have the same size. */
export type ModelInput = Pick<DecodedPhoto, 'data' | 'width' | 'height'>;

/** Unit vectors of one photo. */
export interface PhotoVectors {
  readonly embedding: Float32Array;
  /** Of its regions; there if the manifest says where they come from. */
  readonly regions?: RegionVectors | undefined;
}

/** Unit vectors of the regions that are evidence, in their order (`EVIDENCE_REGIONS`). */
export interface RegionVectors {
  readonly content: readonly Float32Array[];
  readonly texture: readonly Float32Array[];
}

/** A loaded model. */
export interface Model {
  /** Where it computes; a GPU that fails is given up. */
  readonly provider: Provider;
  /** Why it is not on the GPU for which there is a library here. */
  readonly fallback?: string | undefined;
  /** Photos of one size that it takes best at once. */
  readonly batchSize: number;
  /** Unit vectors of the manifest's dimensions, one a photo. @throws MODEL_MISMATCH, BAD_MODEL if its answer is not what the manifest says, or not finite; PROVIDER_UNUSABLE if the GPU fails */
  embed(batch: readonly ModelInput[]): Promise<Float32Array[]>;
  /** As {@link embed}, with the vectors of regions where there are some: the same run gives both. */
  vectors(batch: readonly ModelInput[]): Promise<PhotoVectors[]>;
  close(): Promise<void>;
}

/** On a CPU a batch is no faster than its photos one by one (measured) and takes more memory. */
const BATCH_SIZE: Record<Provider, number> = { cpu: 1, cuda: 16, webgpu: 16 };
/** Photos at full resolution are many times as large. */
const FULL_BATCH_SIZE = 2;

/**
 * Loads a space's model after checking its hash. A GPU is taken only if it gives the CPU's vector for a drawn picture.
 * @param onFallback told why the CPU is taken in place of a GPU, now or later
 * @throws MODEL_MISSING, MODEL_MISMATCH; BAD_MODEL if the file is no model; PROVIDER_UNUSABLE if one that was asked for is
 */
export async function loadModel(
  manifest: ModelManifest,
  path: string,
  { provider = 'auto', batchSize }: ModelSettings = {},
  onFallback: (reason: string) => void = () => undefined,
): Promise<Model> {
  await checkModelFile(path, manifest);
  const { evidence } = manifest;
  const graph = evidence ? withRegions(await readFile(path), evidence.regions) : path;
  const onCpu = modelOf(await openOnCpu(graph), 'cpu', manifest, batchSize);
  const wanted = provider === 'auto' ? (cudaIsInstalled() ? 'cuda' : 'cpu') : provider;
  if (wanted === 'cpu') return onCpu;
  try {
    const onGpu = await loadOnGpu(wanted, graph, onCpu, manifest, batchSize);
    await onCpu.close();
    const openAgain = () => loadModel(manifest, path, { provider: 'cpu', batchSize });
    return guardGpu(onGpu, provider === 'auto' ? openAgain : undefined, onFallback);
  } catch (error) {
    const isUnusable = error instanceof ClaimprintError && error.code === 'PROVIDER_UNUSABLE';
    if (provider === 'auto' && isUnusable) {
      onFallback(error.message);
      return { ...onCpu, fallback: error.message };
    }
    await onCpu.close();
    throw error;
  }
}

async function loadOnGpu(
  gpu: Gpu,
  graph: Graph,
  onCpu: Model,
  manifest: ModelManifest,
  batchSize: number | undefined,
): Promise<Model> {
  const onGpu = modelOf(await openOnGpu(gpu, graph, SESSION_OPTIONS), gpu, manifest, batchSize);
  try {
    await requireAgreement(onGpu, onCpu, [drawnPhoto(manifest)]);
    return onGpu;
  } catch (error) {
    await onGpu.close();
    throw error;
  }
}

function modelOf(
  session: ort.InferenceSession,
  provider: Provider,
  manifest: ModelManifest,
  batchSize = BATCH_SIZE[provider],
): Model {
  const { evidence, output } = manifest;
  const project = evidence && textureProjection(evidence.regions.texture, output.dimensions);
  return {
    provider,
    batchSize: Math.min(batchSize, manifest.input.mode === 'full' ? FULL_BATCH_SIZE : Infinity),
    embed: async (batch) => (await vectorsOf(session, manifest, batch)).map(({ embedding }) => embedding),
    vectors: (batch) => vectorsOf(session, manifest, batch, project),
    close: () => session.release(),
  };
}

const SESSION_OPTIONS: ort.InferenceSession.SessionOptions = {
  // Spinning threads would burn the time that decoding needs; above four threads one photo hardly gets faster.
  intraOpNumThreads: Math.min(availableParallelism(), 4),
  interOpNumThreads: 1,
  extra: { session: { intra_op: { allow_spinning: '0' } } },
  logSeverityLevel: 4,
};

async function openOnCpu(graph: Graph): Promise<ort.InferenceSession> {
  try {
    return await openSession(graph, SESSION_OPTIONS);
  } catch (cause) {
    throw new ClaimprintError('BAD_MODEL', 'The file is no ONNX model that onnxruntime can load.', { cause });
  }
}

/** @param project if regions are wanted too */
async function vectorsOf(
  session: ort.InferenceSession,
  { input, output, pooling, normalisation, evidence }: ModelManifest,
  batch: readonly ModelInput[],
  project?: (pooled: Float32Array) => Float32Array,
): Promise<PhotoVectors[]> {
  const { type, data, dims } = toTensor(batch, input);
  const feed = {
    [input.name]: new ort.Tensor(type, data, dims),
    ...(evidence && {
      [COVER_INPUTS.content]: coverOf(batch[0]!, evidence.regions.content.stride),
      [COVER_INPUTS.texture]: coverOf(batch[0]!, evidence.regions.texture.stride),
    }),
  };
  const answer = await run(session, feed, [output.name, ...(project ? Object.values(REGION_OUTPUTS) : [])]);
  const whole = answer[output.name];
  const vectors =
    whole?.data instanceof Float32Array
      ? poolFeatures({ data: whole.data, dims: whole.dims }, batch.length, pooling)
      : undefined;
  if (!vectors?.every(({ length }) => length === output.dimensions)) {
    throw new ClaimprintError('MODEL_MISMATCH', `The model does not answer with ${output.dimensions} numbers a photo.`);
  }
  const embeddings = vectors.map((embedding) => ({ embedding: toUnit(embedding, normalisation) }));
  if (!project) return embeddings;
  const content = regionsOf(answer[REGION_OUTPUTS.content]!, batch.length);
  const texture = regionsOf(answer[REGION_OUTPUTS.texture]!, batch.length);
  return embeddings.map(({ embedding }, i) => ({
    embedding,
    regions: {
      content: content[i]!.map((vector) => toUnit(vector, 'l2')),
      texture: texture[i]!.map((pooled) => toUnit(project(pooled), 'l2')),
    },
  }));
}

function coverOf({ width, height }: ModelInput, stride: number): ort.Tensor {
  const [across, down] = [Math.ceil(width / stride), Math.ceil(height / stride)];
  return new ort.Tensor('float32', regionCover(across, down), [across * down, EVIDENCE_REGIONS.length]);
}

/** Each photo's numbers, region by region. */
function regionsOf({ data, dims }: ort.Tensor, photos: number): Float32Array[][] {
  const numbers = dims[2]!;
  const at = (photo: number, region: number) => (photo * EVIDENCE_REGIONS.length + region) * numbers;
  return Array.from({ length: photos }, (_, photo) =>
    EVIDENCE_REGIONS.map((_, region) => (data as Float32Array).slice(at(photo, region), at(photo, region) + numbers)),
  );
}

async function run(session: ort.InferenceSession, feed: ort.InferenceSession.FeedsType, outputs: readonly string[]) {
  try {
    return await session.run(feed, outputs);
  } catch (cause) {
    const message =
      'The model does not take its input in the shape and type, or has not the output, that its manifest says.';
    throw new ClaimprintError('BAD_MODEL', message, { cause });
  }
}

/** Brings a vector to length 1 in place, or insists that it has it. */
function toUnit(vector: Float32Array, normalisation: ModelManifest['normalisation']): Float32Array {
  let squares = 0;
  for (const x of vector) squares += x * x;
  const length = Math.sqrt(squares);
  // Written so that NaN fails too.
  if (!(length > 1e-6 && length < 1e6)) throw new ClaimprintError('BAD_MODEL', 'The model gave no finite vector.');
  if (normalisation === 'none') {
    if (Math.abs(length - 1) <= NORM_TOLERANCE) return vector;
    const message = `The model gave a vector of length ${length.toPrecision(4)}, not 1; the manifest's normalisation 'l2' makes it so.`;
    throw new ClaimprintError('BAD_MODEL', message);
  }
  for (let i = 0; i < vector.length; i++) vector[i]! /= length;
  return vector;
}
