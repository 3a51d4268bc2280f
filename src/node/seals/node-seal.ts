import type { SealKey } from '../../fingerprint/seal-key.js';
import { createSealer } from '../../fingerprint/sealing.js';
import type { Statistics } from '../../fingerprint/statistics.js';
import type { SpaceManifest } from '../../protocol/manifest.js';
import { regionsIdFor } from '../../protocol/regions-id.js';
import { formatSpaceId, type SpaceId } from '../../protocol/space.js';
import type { LeafSealer } from '../sealed-leaf.js';

/** A sealing key that a node holds with a manifest that it seals by, and the space of what they seal. */
export interface NodeSeal {
  readonly space: SpaceId;
  readonly key: SealKey;
  readonly sealed: SealedSpace;
  /** What its vectors of regions are made of; undefined: it has none. @throws as `sealer` */
  readonly regions: string | undefined;
  /** Whether it seals them: not where the hub is known to tell kinds by others. @throws as `sealer` */
  readonly evidence: boolean;
  /** Reads the space's statistics and derives the matrix on first use. @throws MODEL_MISSING, MODEL_MISMATCH, BAD_MANIFEST */
  sealer(): LeafSealer;
}

/** What is sealed: a space but for its key. */
export interface SealedSpace {
  readonly manifest: SpaceManifest;
  /** Reads those of the space, if it has some; asked for with the first vector: whoever only withdraws has no need of them. */
  readonly statistics?: () => Statistics | undefined;
  /** Whether vectors of regions are sealed too, where the rule for them holds. */
  readonly evidence?: boolean;
  /** Forgets it for good: no photo is there any more. */
  readonly forget?: () => Promise<void>;
}

/** @param regionsAtHub by what the hub was seen to tell kinds in a space */
export function sealOf(
  key: SealKey,
  sealed: SealedSpace,
  regionsAtHub: (space: string) => string | undefined,
): NodeSeal {
  const { model, preprocessing, whitening, output, encoding, evidence } = sealed.manifest;
  const { profile, epoch, keyCheck } = key;
  const sealing = { profile, epoch, keyCheck };
  const space = formatSpaceId({ model: model.sha256, preprocessing, whitening: whitening ?? undefined, ...sealing });
  const ofManifest = sealed.evidence ? regionsIdFor(profile, evidence) : undefined;
  // What the rule was fitted on: cosines as the model's vectors have them.
  const regionsOf = () => (ofManifest && sealed.statistics?.()?.whitening === undefined ? ofManifest : undefined);
  const sealsRegions = (): boolean => {
    const regions = regionsOf();
    return regions !== undefined && (regionsAtHub(space) ?? regions) === regions;
  };
  let sealer: LeafSealer | undefined;
  return {
    key,
    sealed,
    space,
    get regions() {
      return regionsOf();
    },
    get evidence() {
      return sealsRegions();
    },
    sealer: () => {
      sealer ??= {
        ...createSealer(key, output.dimensions, sealed.statistics?.()),
        encoding,
        get sealsRegions() {
          return sealsRegions();
        },
      };
      return sealer;
    },
  };
}
