import type { Statistics } from '../../fingerprint/statistics.js';
import { statisticsOf } from '../../fingerprint/statistics-file.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { parseManifest, type SpaceManifest } from '../../protocol/manifest.js';
import { regionsId } from '../../protocol/regions-id.js';
import type { KeptManifest } from '../store/manifest-store.js';
import type { NodeStore } from '../store/store.js';
import type { SealedSpace } from './node-seal.js';

interface PresentSpace {
  readonly manifest: SpaceManifest;
  readonly pipeline: string;
  /** The file of its statistics. @throws MODEL_MISSING, MODEL_MISMATCH */
  readonly statistics: () => Buffer | undefined;
  readonly evidence: boolean;
}

/** What a space without statistics has in the place of their digest. */
const NONE = 'none';

/**
 * Keeps the manifest that this node seals by, with its statistics, and gives those that it sealed by before and whose
 * embeddings are the same: what a version with other statistics needs to go on in the older space until all have moved.
 * @returns the last one first
 */
export async function earlierSpaces(store: NodeStore, present: PresentSpace, nowMs: number): Promise<SealedSpace[]> {
  const { manifest, pipeline, statistics } = present;
  const kept = await store.manifests.of(pipeline);
  const whitening = manifest.whitening ?? NONE;
  const text = JSON.stringify(manifest);
  if (!kept.some((each) => each.whitening === whitening && each.manifest === text)) {
    const bytes = orMissing(statistics);
    if (bytes !== 'MISSING') {
      const statistics = bytes ?? null;
      // What is made of other maps must not be compared with what this version makes.
      if (!kept.every((each) => regionsOf(each) === regionsOf({ manifest: text }))) {
        await store.fingerprints.forgetRegions(pipeline);
      }
      await store.manifests.keep({ pipeline, whitening, manifest: text, statistics, kept_at: nowMs });
    }
  }
  return kept.flatMap((each) => (each.whitening === whitening ? [] : sealedSpace(each, store, present)));
}

function regionsOf({ manifest }: Pick<KeptManifest, 'manifest'>): string | undefined {
  const { evidence } = parsed(manifest) ?? {};
  return evidence && regionsId(evidence.regions);
}

/** Whoever only withdraws has no need of them; whoever adds photos is told. */
function orMissing(statistics: PresentSpace['statistics']): Buffer | undefined | 'MISSING' {
  try {
    return statistics();
  } catch (error) {
    if (error instanceof ClaimprintError) return 'MISSING';
    throw error;
  }
}

function sealedSpace(kept: KeptManifest, store: NodeStore, present: PresentSpace): SealedSpace[] {
  const manifest = parsed(kept.manifest);
  if (!manifest) return [];
  const { statistics } = kept;
  let read: Statistics | undefined;
  const readOnce = (bytes: Buffer): Statistics => {
    read ??= statisticsOf(manifest, Buffer.from(bytes));
    return read;
  };
  const hasRegions = regionsOf(kept) === regionsOf({ manifest: JSON.stringify(present.manifest) });
  return [
    {
      manifest,
      evidence: present.evidence && hasRegions,
      ...(statistics && { statistics: () => readOnce(statistics) }),
      forget: () => store.manifests.forget(kept),
    },
  ];
}

/** @returns none for one of a later version, which an earlier one cannot read */
function parsed(text: string): SpaceManifest | undefined {
  try {
    return parseManifest(JSON.parse(text));
  } catch {
    return undefined;
  }
}
