import type { Fingerprinter } from '../fingerprint/fingerprint.js';
import type { GeometryComparer } from '../fingerprint/geometry/geometry-comparer.js';
import { modelPath } from '../fingerprint/model-cache.js';
import { readStatistics, readStatisticsBytes } from '../fingerprint/statistics-file.js';
import type { Configuration } from '../platform/config.js';
import type { Logger } from '../platform/log.js';
import { loadManifest } from '../platform/manifest-file.js';
import type { ModelSettings, Provider } from '../platform/model-settings.js';
import { openedOnce } from '../platform/opened-once.js';
import { continueAfterUuidV7, type TenantId } from '../protocol/ids.js';
import { importSigner } from '../protocol/keys.js';
import { requireDecision } from '../protocol/manifest.js';
import type { SpaceId } from '../protocol/space.js';
import { removeOldSnapshot } from './backup/snapshot.js';
import { HubClient } from './hub-client/hub-client.js';
import { PhotoRoots } from './intake/photo-roots.js';
import { nodeFiles, readJsonFile, readNodeSettings, readSecret, readSecretText } from './node-files.js';
import { Outbox } from './outbox.js';
import { Recovery } from './recovery/recovery.js';
import { eraseOldHits } from './remembered-hits.js';
import { earlierSpaces } from './seals/earlier-spaces.js';
import { NodeSeals } from './seals/node-seals.js';
import { Resealing } from './seals/resealing.js';
import { type AroundStep, nothingAround } from './step.js';
import { type NodeStore, openNodeStore } from './store/store.js';
import { trustHubOf } from './trust-hub.js';

export interface OpenNodeOptions {
  readonly configuration: Configuration;
  readonly logger: Logger;
  /** Folders that photos may be read from; those of the configuration if not given, else those that the node was made with. */
  readonly photosRoots?: readonly string[] | undefined;
  /** How the model is run; what is left out, as the configuration says. */
  readonly modelSettings?: ModelSettings | undefined;
  /** What the steps of the node's work run inside of. */
  readonly around?: AroundStep | undefined;
  /** The node's clock; the machine's if not given. */
  readonly nowMs?: () => number;
}

/** An opened node: what its use cases work with. */
export interface Node {
  /** The data directory. */
  readonly directory: string;
  /** UUID of this node. */
  readonly id: string;
  readonly tenant: TenantId;
  readonly accessTokenFile: string;
  /** Where photos may be read from; never from the data directory. */
  readonly photoRoots: PhotoRoots;
  /** 32 secret bytes that turn claims and contents into references. */
  readonly secret: Buffer;
  /** The sealing keys that it holds. */
  readonly seals: NodeSeals;
  /** The space that this node's photos belong to, or are on their way to. */
  readonly space: SpaceId;
  /** The part of the space that a plain fingerprint depends on. */
  readonly pipeline: string;
  readonly store: NodeStore;
  readonly hub: HubClient;
  readonly outbox: Outbox;
  readonly recovery: Recovery;
  readonly resealing: Resealing;
  /** There is a new sealing key. */
  readonly sealsChanged: () => Promise<void>;
  readonly logger: Logger;
  readonly around: AroundStep;
  readonly nowMs: () => number;
  /** Loads the model on first use. @throws MODEL_MISSING, MODEL_MISMATCH, PROVIDER_UNUSABLE */
  fingerprinter(): Promise<Fingerprinter>;
  /** What compares photos by their points, from its first use on; undefined where evidence is switched off. */
  geometryComparer(): Promise<GeometryComparer | undefined>;
  /** What runs the model, once it is loaded, and why it is not the GPU, where there is a library for one. */
  runsOn(): { readonly provider: Provider; readonly fallback?: string | undefined } | undefined;
  /** Reads the token that the node's graph and gateway ask for. */
  accessToken(): string;
  close(): Promise<void>;
}

/**
 * Opens the node in a data directory. The hub need not be up, and the model and what belongs to it need not be there until a photo comes.
 * @throws DATA_DIRECTORY_MISSING, or NOT_READABLE and BAD_KEY_FILE for a damaged one; SEAL_KEY_MISSING; NOT_FOUND, BAD_MANIFEST or NOT_FITTED
 *   for its model's manifest
 */
export async function openNode(directory: string, options: OpenNodeOptions): Promise<Node> {
  const { configuration, logger, around = nothingAround, nowMs = Date.now } = options;
  const modelSettings = { ...configuration.modelSettings, ...options.modelSettings };
  const settings = readNodeSettings(directory);
  const { tenant, node, hubUrl, seal } = settings;
  const givenRoots = options.photosRoots ?? configuration.photosRoots;
  const files = nodeFiles(directory);
  trustHubOf(files, settings);
  const manifest = loadManifest(settings.model, configuration.cacheDirectory);
  const { cacheDirectory, evidence } = configuration;
  const statistics = once(() => readStatistics(manifest, cacheDirectory));
  const seals = await NodeSeals.open(files.sealKey, { manifest, statistics, evidence }, seal);
  // A node without a key is good for nothing but being given one.
  requireDecision(seals.newest.key.profile, manifest);
  const signer = await importSigner(readJsonFile(files.privateKey));
  const secret = readSecret(files.secret);
  const photoRoots = givenRoots
    ? new PhotoRoots(givenRoots, [directory])
    : // One that is away, like a share, holds no photo, and the node has other work.
      new PhotoRoots(settings.photosRoots, [directory], (path) => path);
  removeOldSnapshot(directory);
  const store = await openNodeStore(files.store);
  const pipeline = `${manifest.model.sha256}:${manifest.preprocessing}`;
  const present = { manifest, pipeline, statistics: () => readStatisticsBytes(manifest, cacheDirectory), evidence };
  seals.sealAlso(await earlierSpaces(store, present, nowMs()));
  // The hub orders a tenant's requests by their ids, so they must grow even if the clock was set back meanwhile.
  const newestJti = await store.outbox.newestJti();
  if (newestJti) continueAfterUuidV7(newestJti);
  const hub = new HubClient({ tenant, node, hubUrl, signer, pins: store.pin, nowMs, around });
  let runsOn: ReturnType<Node['runsOn']>;
  const fingerprinter = openedOnce(
    async () => {
      // What runs the model is loaded with it: most commands need neither.
      const { createFingerprinter } = await import('../fingerprint/fingerprint.js');
      const loaded = await createFingerprinter(manifest, {
        modelPath: modelPath(manifest, configuration.cacheDirectory),
        settings: modelSettings,
        regions: configuration.evidence,
        onFallback: (reason: string) => logger.warn('the GPU is not used', { reason }),
        aroundBatch: <Result>(photos: number, work: () => Promise<Result>) =>
          around({ name: 'fingerprint batch', photos }, work),
      });
      runsOn = loaded;
      return loaded;
    },
    (loaded) => loaded.close(),
  );
  const geometryComparer = openedOnce(
    async () => new (await import('../fingerprint/geometry/geometry-comparer.js')).GeometryComparer(),
    (comparer) => comparer.close(),
  );
  let closed: Promise<void> | undefined;
  const outbox: Outbox = new Outbox(store, hub, logger, nowMs, {
    delivered: () => {
      recovery.wake();
      resealing.wake();
    },
    suspicious: () => recovery.suspect(),
  });
  const recovery = new Recovery({ store, hub, outbox, logger, nowMs, seals });
  const resealing = new Resealing({ store, hub, outbox, logger, nowMs, seals, tenant, pipeline });
  await resealing.recall();
  for (const { space, regions } of await store.spaceRegions.all()) seals.markRegions(space, regions);
  await eraseOldHits(store.shown, nowMs());
  return {
    directory,
    id: node,
    tenant,
    accessTokenFile: files.accessToken,
    photoRoots,
    secret,
    seals,
    get space() {
      return seals.current.space;
    },
    pipeline,
    store,
    hub,
    outbox,
    recovery,
    resealing,
    sealsChanged: async () => {
      await resealing.recall();
      resealing.hurry();
    },
    logger,
    around,
    nowMs,
    fingerprinter: fingerprinter.get,
    geometryComparer: async () => (configuration.evidence ? geometryComparer.get() : undefined),
    runsOn: () => runsOn,
    accessToken: () => readSecretText(files.accessToken),
    close() {
      closed ??= (async () => {
        await Promise.all([outbox.close(), recovery.close(), resealing.close()]);
        await fingerprinter.close();
        await geometryComparer.close();
        await store.close();
      })();
      return closed;
    },
  };
}

/** Asks until there is an answer, and keeps that. */
function once<Value>(ask: () => Value): () => Value {
  let answer: { readonly value: Value } | undefined;
  return () => {
    answer ??= { value: ask() };
    return answer.value;
  };
}
