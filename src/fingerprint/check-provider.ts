import type { Provider, ProviderChoice } from '../platform/model-settings.js';
import type { ModelManifest } from '../protocol/manifest.js';
import { requireAgreement } from './agreement.js';
import { DecoderPool } from './decoder/decoder-pool.js';
import { drawnPhoto } from './drawn-photo.js';
import { loadModel } from './model.js';

/** How a provider fared beside the CPU. */
export interface ProviderCheck {
  readonly provider: Provider;
  /** Why it is not the GPU for which there is a library here. */
  readonly fallback?: string | undefined;
  /** Pictures tried: those given, else a drawn one. */
  readonly pictures: number;
  /** The least cosine of its vectors with the CPU's. */
  readonly leastCosine: number;
}

/**
 * Runs a model on a provider and on the CPU, on the same photos.
 * @param photos bytes of photo files; a drawn picture if there is none
 * @throws PROVIDER_UNUSABLE if it cannot be had or its vectors differ; MODEL_MISSING, MODEL_MISMATCH, BAD_MODEL; what a
 *   photo is refused for
 */
export async function checkProvider(
  manifest: ModelManifest,
  modelPath: string,
  choice: ProviderChoice,
  photos: readonly (() => Promise<Uint8Array>)[],
): Promise<ProviderCheck> {
  const tried = await loadModel(manifest, modelPath, { provider: choice });
  const onCpu = await loadModel(manifest, modelPath, { provider: 'cpu' });
  const { edge, mode } = manifest.input;
  const decoders = new DecoderPool({ edge, mode, processes: 1 });
  try {
    const { provider, fallback } = tried;
    let leastCosine = 1;
    const compare = async (picture: Parameters<typeof onCpu.embed>[0][number]): Promise<void> => {
      leastCosine = Math.min(leastCosine, await requireAgreement(tried, onCpu, [picture]));
    };
    for (const read of photos) await compare(await decoders.decode(await read()));
    if (photos.length === 0) await compare(drawnPhoto(manifest));
    return { provider, ...(fallback && { fallback }), pictures: photos.length || 1, leastCosine };
  } finally {
    await Promise.all([decoders.close(), tried.close(), onCpu.close()]);
  }
}
