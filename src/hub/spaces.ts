import { ClaimprintError } from '../protocol/errors.js';
import type { SpaceManifest } from '../protocol/manifest.js';
import { parseSpaceId, type Space, sameFingerprint } from '../protocol/space.js';
import type { PinnedSpace } from './ledger/ledger.js';

/** Which spaces this hub takes: those of the manifests it knows, each pinned by the first submission into it. */
export class SpaceDirectory {
  private readonly manifests: readonly SpaceManifest[];

  constructor(manifests: readonly SpaceManifest[]) {
    this.manifests = manifests;
  }

  /**
   * The manifest behind a space.
   * @throws BAD_SPACE; UNKNOWN_SPACE if the hub knows no such model, preprocessing and whitening
   */
  manifest(id: string): SpaceManifest {
    const space = parseSpaceId(id);
    const manifest = this.manifests.find(
      ({ model, preprocessing, whitening }) =>
        model.sha256 === space.model &&
        preprocessing === space.preprocessing &&
        (whitening ?? undefined) === space.whitening,
    );
    if (!manifest) throw unknownSpace();
    return manifest;
  }

  dimensions(id: string): number {
    const { dimensions } = this.manifest(id).output;
    return parseSpaceId(id).profile === 'projected' ? dimensions / 2 : dimensions;
  }

  /**
   * Judges a space against those pinned.
   * @returns the manifest's name if the space is not pinned yet and could be; undefined if it is pinned
   * @throws UNKNOWN_SPACE, SPACE_RETIRED, EPOCH_MISMATCH, SEAL_KEY_MISMATCH
   */
  admit(id: string, pinned: readonly PinnedSpace[]): string | undefined {
    const manifest = this.manifest(id);
    const same = pinned.find((space) => space.id === id);
    if (same?.state === 'RETIRED') throw new ClaimprintError('SPACE_RETIRED', 'This embedding space is retired.');
    if (same) return undefined;
    const wanted = parseSpaceId(id);
    const rival = pinned
      .filter(({ state }) => state === 'ACTIVE')
      .map((space) => parseSpaceId(space.id))
      .find((space) => sameFingerprint(space, wanted));
    if (rival) throw mismatch(wanted, rival);
    return manifest.name;
  }
}

function mismatch(wanted: Space, pinned: Space): ClaimprintError {
  if (wanted.profile !== pinned.profile) return unknownSpace();
  if (wanted.epoch !== pinned.epoch) {
    return new ClaimprintError('EPOCH_MISMATCH', `The consortium seals in epoch ${pinned.epoch}.`);
  }
  return new ClaimprintError('SEAL_KEY_MISMATCH', "This is not the consortium's sealing key.");
}

function unknownSpace(): ClaimprintError {
  return new ClaimprintError('UNKNOWN_SPACE', 'The hub does not know this embedding space.');
}
