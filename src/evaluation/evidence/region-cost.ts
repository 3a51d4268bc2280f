import type { NamedPhoto } from '../named-photo.js';
import { type ModelSource, openModel } from '../open-model.js';

/** What the vectors of regions cost a node, for one photo. */
export interface RegionCost {
  /** CPU time of this process for the model's run, decoding left out, with regions and without: the least of all runs, which other work disturbs least. */
  readonly modelMs: { readonly without: number; readonly with: number };
  /** Of each. */
  readonly runs: number;
}

const RUNS = 10;

/** Measures one photo, with regions and without in turn. @throws MODEL_MISSING, MODEL_MISMATCH, BAD_MODEL, and what is wrong with the photo */
export async function regionCost({ read }: NamedPhoto, model: ModelSource): Promise<RegionCost> {
  const plain = await openModel(model);
  const extended = await openModel(model, { regions: true });
  const ms = { without: Infinity, with: Infinity };
  try {
    const bytes = await read();
    for (let run = 0; run < RUNS; run++) {
      ms.without = Math.min(ms.without, await cpuMs(() => plain.fingerprint(bytes)));
      ms.with = Math.min(ms.with, await cpuMs(() => extended.fingerprint(bytes)));
    }
  } finally {
    await Promise.all([plain.close(), extended.close()]);
  }
  return { modelMs: ms, runs: RUNS };
}

async function cpuMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
