import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as ort from 'onnxruntime-node';
import type { Provider } from '../platform/model-settings.js';
import { ClaimprintError } from '../protocol/errors.js';

export type Gpu = Exclude<Provider, 'cpu'>;

/** A model's file, or its bytes. */
export type Graph = string | Uint8Array;

/** Both kinds, which onnxruntime's types tell apart. */
export function openSession(graph: Graph, options: ort.InferenceSession.SessionOptions): Promise<ort.InferenceSession> {
  const { InferenceSession } = ort;
  return typeof graph === 'string' ? InferenceSession.create(graph, options) : InferenceSession.create(graph, options);
}

/**
 * Opens a model on a GPU.
 * @throws PROVIDER_UNUSABLE saying what stands in the way
 */
export async function openOnGpu(
  gpu: Gpu,
  graph: Graph,
  options: ort.InferenceSession.SessionOptions,
): Promise<ort.InferenceSession> {
  // Asking onnxruntime for a provider whose library is missing prints an alarming message, so the file is looked for.
  if (gpu === 'cuda' && !cudaIsInstalled()) throw unusable(gpu, "onnxruntime's library for it is not installed");
  try {
    return await openSession(graph, { ...options, executionProviders: [gpu, 'cpu'] });
  } catch (cause) {
    throw unusable(gpu, reasonOf(cause), cause);
  }
}

export function unusable(provider: Provider, reason: string, cause?: unknown): ClaimprintError {
  return new ClaimprintError('PROVIDER_UNUSABLE', `The model cannot run on ${provider} here: ${reason}.`, { cause });
}

/** Whether the CUDA provider's library lies where onnxruntime looks for it; whether it works is another question. */
export function cudaIsInstalled(): boolean {
  const packageRoot = join(dirname(createRequire(import.meta.url).resolve('onnxruntime-node')), '..');
  const library = process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so';
  return existsSync(join(packageRoot, 'bin', 'napi-v6', process.platform, process.arch, library));
}

/** What onnxruntime says, less its source files and this machine's folders. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (text.includes('Failed to load shared library')) {
    return 'a library that it needs is missing, which onnxruntime names on standard error';
  }
  const line = text
    .split('\n')[0]!
    .replace(/^.* was false\. /, '')
    .replace(/^\S+\.cc:\d+ \w+ /, '');
  return (
    line
      .replace(/\S*\/(?=\S)/g, '')
      .slice(0, 200)
      .replace(/[.\s]+$/, '') || 'onnxruntime gives no reason'
  );
}
