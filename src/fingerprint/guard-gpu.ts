import { ClaimprintError } from '../protocol/errors.js';
import type { Model } from './model.js';
import { reasonOf } from './provider.js';

/**
 * A model on a GPU that may fail in the middle of its work: its memory is full, another program has taken it, its driver is
 * gone. What the model itself gets wrong it gets wrong on the CPU too.
 * @param openOnCpu goes on from the first failure, for good; without it every failure is PROVIDER_UNUSABLE
 */
export function guardGpu(
  onGpu: Model,
  openOnCpu: (() => Promise<Model>) | undefined,
  onFallback: (reason: string) => void = () => undefined,
): Model {
  let running = onGpu;
  let change: Promise<Model> | undefined;
  const attempt = async <Result>(work: (model: Model) => Promise<Result>): Promise<Result> => {
    if (running !== onGpu) return work(running);
    try {
      return await work(onGpu);
    } catch (cause) {
      if (!(cause instanceof ClaimprintError) || cause.code !== 'BAD_MODEL') throw cause;
      const fallback = `The model failed on ${onGpu.provider}: ${reasonOf(cause.cause ?? cause)}.`;
      if (!openOnCpu) {
        const remedy = 'A smaller --batch-size takes less of its memory, --provider cpu does without it.';
        throw new ClaimprintError('PROVIDER_UNUSABLE', `${fallback} ${remedy}`, { cause });
      }
      change ??= openOnCpu().then(
        (onCpu) => {
          onFallback(fallback);
          return { ...onCpu, fallback };
        },
        (error) => {
          // What is asked next may find the model again.
          change = undefined;
          throw error;
        },
      );
      running = await change;
      return work(running);
    }
  };
  return {
    get provider() {
      return running.provider;
    },
    get fallback() {
      return running.fallback;
    },
    get batchSize() {
      return running.batchSize;
    },
    embed: (batch) => attempt((model) => model.embed(batch)),
    vectors: (batch) => attempt((model) => model.vectors(batch)),
    async close() {
      // Other work may still have been under way on the GPU when it was given up.
      const onCpu = await change?.catch(() => undefined);
      await Promise.all([onGpu.close(), onCpu?.close()]);
    },
  };
}
