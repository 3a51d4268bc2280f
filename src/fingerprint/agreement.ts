import type { Model, ModelInput } from './model.js';
import { reasonOf, unusable } from './provider.js';

/** Of a GPU's vector with the CPU's: it adds in another order, and in float16 where the model is so. */
export const MIN_PROVIDER_COSINE = 0.999;

/**
 * Has a model that is loaded twice, on a provider and on the CPU, say what it makes of photos of one size.
 * @returns the least cosine of their vectors
 * @throws PROVIDER_UNUSABLE if it is below {@link MIN_PROVIDER_COSINE}, or the provider fails
 */
export async function requireAgreement(
  { provider, embed }: Pick<Model, 'provider' | 'embed'>,
  onCpu: Pick<Model, 'embed'>,
  photos: readonly ModelInput[],
): Promise<number> {
  const expected = await onCpu.embed(photos);
  const given = await embed(photos).catch((cause) => {
    throw unusable(provider, reasonOf(cause?.cause ?? cause), cause);
  });
  const least = Math.min(...expected.map((vector, i) => dot(vector, given[i]!)));
  // Written so that NaN fails too.
  if (least >= MIN_PROVIDER_COSINE) return least;
  throw unusable(
    provider,
    `its vector has cosine ${least.toFixed(5)} with the CPU's for the same picture; it must have ${MIN_PROVIDER_COSINE}`,
  );
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0);
}
