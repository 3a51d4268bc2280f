import { ClaimprintError } from '../../protocol/errors.js';
import { decisionFor, parseManifest, type SpaceManifest } from '../../protocol/manifest.js';
import { refuseUnknownFields } from '../../protocol/manifest-fields.js';
import { checkPreprocessing } from '../../protocol/preprocessing.js';
import { parseSpaceId } from '../../protocol/space.js';
import type { Hub } from '../hub.js';
import { dimensionsOf } from '../spaces.js';

/** What an operator may ask about embedding spaces. */
export const spaceCommands = {
  spaceList: async ({ spaces, spaceRegistry }: Hub) => {
    const [pinned, entries] = await Promise.all([spaceRegistry.spaces(), spaceRegistry.countEntries()]);
    await spaces.refresh();
    const added = new Set((await spaceRegistry.manifests()).map(({ name }) => name));
    return {
      spaces: await Promise.all(
        pinned.map(async ({ id, state, pinnedAtMs, pinnedBy }) => {
          const { profile, epoch, keyCheck } = parseSpaceId(id);
          const manifest = await spaces.manifest(id).catch(() => undefined);
          const rule = manifest && decisionFor(profile, manifest);
          return {
            space: id,
            manifest: manifest?.name,
            profile,
            epoch,
            keyCheck,
            state,
            entries: entries.get(id) ?? 0,
            dimensions: manifest && dimensionsOf(id, manifest),
            reviewThreshold: rule?.review,
            duplicateThreshold: rule?.duplicate,
            pinnedBy: pinnedBy || null,
            pinnedAt: new Date(pinnedAtMs).toISOString(),
          };
        }),
      ),
      manifests: spaces.manifests.map(({ name, model, preprocessing, whitening, output }) => ({
        manifest: name,
        model: model.sha256,
        preprocessing,
        whitening,
        dimensions: output.dimensions,
        origin: added.has(name) ? 'added' : 'shipped',
      })),
    };
  },

  /** Lets a model in that does not come with Claimprint. */
  manifestAdd: async ({ spaces, spaceRegistry, now }: Hub, { json }: { json: unknown }) => {
    refuseUnknownFields(json);
    const manifest = parseManifest(json);
    checkPreprocessing(manifest);
    await spaces.refresh();
    if (isKnown(manifest, spaces.manifests)) {
      return { manifest: manifest.name, model: manifest.model.sha256, added: false };
    }
    const text = JSON.stringify(manifest);
    const added = await spaceRegistry.addManifest({ manifest: manifest.name, policy: text }, now());
    await spaces.refresh();
    return { manifest: manifest.name, model: manifest.model.sha256, added };
  },

  /** Pins a space by hand, also beside another epoch of it, or brings a retired one back. */
  spaceAdd: async ({ spaces, spaceRegistry, indexer, now }: Hub, { space }: { space: string }) => {
    await spaces.manifest(space);
    const pinned = (await spaceRegistry.spaces()).find(({ id }) => id === space);
    const policy =
      pinned?.policy === undefined ? spaces.policy(space) : { manifest: pinned.manifest, policy: pinned.policy };
    const before = await spaceRegistry.activate(space, policy, now());
    await spaces.refresh();
    indexer.notify();
    return { space, state: 'ACTIVE', before: before ?? null };
  },

  /** Takes a space out of use. Without `yes` only if it holds no entry. */
  spaceRetire: async (
    { spaces, spaceRegistry, indexer, now }: Hub,
    { space, yes }: { space: string; yes: boolean },
  ) => {
    parseSpaceId(space);
    const entries = (await spaceRegistry.countEntries()).get(space) ?? 0;
    if (entries > 0 && !yes) {
      throw new ClaimprintError(
        'BAD_REQUEST',
        `The space holds ${entries} entries, which nobody could search any more: retire it with --yes.`,
      );
    }
    await spaceRegistry.retire(space, now());
    await spaces.refresh();
    indexer.notify();
    return { space, state: 'RETIRED', entries };
  },
};

/**
 * Whether the hub has this very manifest.
 * @throws BAD_MANIFEST for another one of the same name, or of the same model, preprocessing and whitening: that would leave
 *   open which thresholds count
 */
function isKnown(manifest: SpaceManifest, known: readonly SpaceManifest[]): boolean {
  for (const other of known) {
    const same =
      other.model.sha256 === manifest.model.sha256 &&
      other.preprocessing === manifest.preprocessing &&
      other.whitening === manifest.whitening;
    if (JSON.stringify(other) === JSON.stringify(manifest)) return true;
    if (same) {
      throw new ClaimprintError(
        'BAD_MANIFEST',
        `This model, preprocessing and whitening are known already as ${other.name}.`,
      );
    }
    if (other.name === manifest.name) {
      throw new ClaimprintError('BAD_MANIFEST', `Another manifest is called ${manifest.name}: give it another name.`);
    }
  }
  return false;
}
