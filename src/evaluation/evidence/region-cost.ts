import type { NamedPhoto } from '../named-photo.js';
import { type ModelSource, openModel } from '../open-model.js';

/** What the vectors of regions cost a node, for one photo. */
export interface RegionCost {
  /** CPU time of this process for the model's run, decoding left out: with regions and without; medians. */
  readonly modelMs: { readonly without: number; readonly with: number };
  /** Photos that this was measured on. */
  readonly photos: number;
}

const MEASURED_PHOTOS = 8;

/** Measures the first photos, with regions and without in turn. @throws MODEL_MISSING, MODEL_MISMATCH, BAD_MODEL */
export async function regionCost(photos: readonly NamedPhoto[], model: ModelSource): Promise<RegionCost> {
  const plain = await openModel(model);
  const extended = await openModel(model, { regions: true });
  const ms = { without: [] as number[], with: [] as number[] };
  try {
    for (const { read } of photos.slice(0, MEASURED_PHOTOS)) {
      const bytes = await read();
      const without = await cpuMs(() => plain.fingerprint(bytes));
      const withRegions = await cpuMs(() => extended.fingerprint(bytes));
      ms.without.push(without);
      ms.with.push(withRegions);
    }
  } finally {
    await Promise.all([plain.close(), extended.close()]);
  }
  return { modelMs: { without: median(ms.without), with: median(ms.with) }, photos: ms.with.length };
}

async function cpuMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  // A photo that cannot be read is reported where it is embedded.
  await work().catch(() => undefined);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;
}
