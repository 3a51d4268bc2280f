import { existsSync } from 'node:fs';
import type { SealKey, SealUse } from '../../fingerprint/seal-key.js';
import { readSealKeys, replaceSealKeys } from '../../fingerprint/seal-key-file.js';
import { createSealer } from '../../fingerprint/sealing.js';
import type { Statistics } from '../../fingerprint/statistics.js';
import { ClaimprintError } from '../../protocol/errors.js';
import type { SpaceManifest } from '../../protocol/manifest.js';
import { regionsIdFor } from '../../protocol/regions-id.js';
import { formatSpaceId, type SpaceId } from '../../protocol/space.js';
import type { LeafSealer } from '../sealed-leaf.js';

/** A sealing key that a node holds, with the space of what it seals. */
export interface NodeSeal {
  readonly space: SpaceId;
  readonly key: SealKey;
  /** What its vectors of regions are made of; undefined: it has none. @throws as `sealer` */
  readonly regions: string | undefined;
  /** Whether it seals them: not where the hub is known to tell kinds by others. @throws as `sealer` */
  readonly evidence: boolean;
  /** Reads the space's statistics and derives the matrix on first use. @throws MODEL_MISSING, MODEL_MISMATCH, BAD_MANIFEST */
  sealer(): LeafSealer;
}

/** What is sealed. */
interface SealedSpace {
  readonly manifest: SpaceManifest;
  /** Reads those of the space, if it has some; asked for with the first vector: whoever only withdraws has no need of them. */
  readonly statistics?: () => Statistics | undefined;
  /** Whether vectors of regions are sealed too, where the rule for them holds. */
  readonly evidence?: boolean;
}

/** The sealing keys that a node holds: one, or several epochs while the consortium moves to a new one. */
export class NodeSeals {
  private readonly file: string;
  private readonly manifest: SpaceManifest;
  private readonly statistics: () => Statistics | undefined;
  private readonly evidence: boolean;
  private held: readonly NodeSeal[];
  private readonly opened = new Set<string>();
  private readonly left = new Set<string>();
  private readonly regionsAtHub = new Map<string, string>();
  private change: Promise<unknown> = Promise.resolve();

  private constructor(
    file: string,
    manifest: SpaceManifest,
    statistics: () => Statistics | undefined,
    evidence: boolean,
    keys: readonly SealKey[],
  ) {
    this.file = file;
    this.manifest = manifest;
    this.statistics = once(statistics);
    this.evidence = evidence;
    this.held = keys.map((key) => this.sealOf(key));
  }

  /**
   * @param unsaid what a key of the first version is for, which does not say it
   * @throws NOT_READABLE, BAD_KEY_FILE; a file that is not there is a node that was not given its key yet
   */
  static async open(
    file: string,
    { manifest, statistics = () => undefined, evidence = false }: SealedSpace,
    unsaid: SealUse,
  ): Promise<NodeSeals> {
    return new NodeSeals(
      file,
      manifest,
      statistics,
      evidence,
      existsSync(file) ? await readSealKeys(file, unsaid) : [],
    );
  }

  /** Newest epoch first. */
  get all(): readonly NodeSeal[] {
    return this.held;
  }

  /** The key of the last epoch that this node was given. @throws BAD_KEY_FILE if it was not given a key yet */
  get newest(): NodeSeal {
    const [newest] = this.held;
    if (newest) return newest;
    throw new ClaimprintError(
      'BAD_KEY_FILE',
      'This node has no sealing key yet: `claimprint seal-key request` says what to send to a member that has it, and `seal-key import` takes the answer.',
    );
  }

  /** What this node's photos belong to: the newest key whose space the hub was seen to take, else the oldest key. */
  get current(): NodeSeal {
    return this.held.find(({ space }) => this.opened.has(space)) ?? this.held.at(-1) ?? this.newest;
  }

  /**
   * Where photos are submitted and searched: the present space, and older ones until the consortium has left them. It
   * changes at any time: to be read in the transaction that stores a photo, and for each search.
   */
  get inUse(): readonly NodeSeal[] {
    return this.held.slice(this.held.indexOf(this.current)).filter(({ space }) => !this.left.has(space));
  }

  /** The hub was not seen yet to take the space of the newest key: it may, and others may have moved there already. */
  get mayBeBehind(): boolean {
    return this.held.length > 1 && !this.opened.has(this.newest.space);
  }

  isInUse(space: string): boolean {
    return this.inUse.some((seal) => seal.space === space);
  }

  /** The hub takes this space. */
  markOpened(space: string): void {
    this.opened.add(space);
  }

  /** This node leaves an older space: from now on nothing goes there, and nothing is searched there. */
  markLeft(space: string): void {
    this.left.add(space);
  }

  /** Whether {@link markLeft} was called, in this process or one before it. */
  isLeft(space: string): boolean {
    return this.left.has(space);
  }

  /** It could not leave it after all. */
  unmarkLeft(space: string): void {
    this.left.delete(space);
  }

  /** What the hub tells kinds by in a space. @returns whether that is news */
  markRegions(space: string, regions: string): boolean {
    const isNews = this.regionsAtHub.get(space) !== regions;
    this.regionsAtHub.set(space, regions);
    return isNews;
  }

  /** Makes sure that photos can be sealed, before much is done for them. @throws MODEL_MISSING, MODEL_MISMATCH, BAD_MANIFEST */
  requireStatistics(): void {
    this.statistics();
  }

  of(space: string): NodeSeal | undefined {
    return this.held.find((seal) => seal.space === space);
  }

  /**
   * Takes keys that another member, or this one, has made, durably.
   * @returns those that are new to this node
   * @throws SEAL_KEY_MISMATCH for another key of an epoch that this node has a key of, EPOCH_MISMATCH if this node is
   *   further already, NOT_READABLE
   */
  add(keys: readonly SealKey[]): Promise<readonly NodeSeal[]> {
    return this.inTurn(() => this.addKeys(keys));
  }

  /** Erases the key of an epoch that the consortium has left. */
  drop(space: string): Promise<void> {
    return this.inTurn(async () => {
      const rest = this.held.filter((seal) => seal.space !== space);
      if (rest.length > 0 && rest.length < this.held.length) await this.hold(rest);
    });
  }

  /** One change of the file at a time: each starts from what the one before has left. */
  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.change.then(work);
    this.change = done.catch(() => undefined);
    return done;
  }

  private async addKeys(keys: readonly SealKey[]): Promise<readonly NodeSeal[]> {
    const fresh = keys.filter((key) => !this.held.some(({ space }) => space === this.sealOf(key).space));
    for (const { epoch } of fresh) {
      if (this.held.some(({ key }) => key.epoch === epoch)) {
        throw new ClaimprintError('SEAL_KEY_MISMATCH', `This node holds another sealing key of epoch ${epoch}.`);
      }
    }
    const newest = Math.max(...keys.map(({ epoch }) => epoch));
    const [current] = this.held;
    if (current && fresh.length > 0 && newest < current.key.epoch) {
      const message = `This is a key of epoch ${newest}; this node seals in epoch ${current.key.epoch} already.`;
      throw new ClaimprintError('EPOCH_MISMATCH', message);
    }
    const seals = fresh.map((key) => this.sealOf(key));
    if (seals.length > 0) await this.hold([...this.held, ...seals].sort((a, b) => b.key.epoch - a.key.epoch));
    return seals;
  }

  private async hold(seals: readonly NodeSeal[]): Promise<void> {
    await replaceSealKeys(
      this.file,
      seals.map(({ key }) => key),
    );
    this.held = seals;
  }

  private sealOf(key: SealKey): NodeSeal {
    const { model, preprocessing, whitening, output, encoding } = this.manifest;
    const { profile, epoch, keyCheck } = key;
    let sealer: LeafSealer | undefined;
    const sealing = { profile, epoch, keyCheck };
    const space = formatSpaceId({ model: model.sha256, preprocessing, whitening: whitening ?? undefined, ...sealing });
    const ruled = this.evidence ? regionsIdFor(profile, this.manifest.evidence) : undefined;
    // What the rule was fitted on: cosines as the model's vectors have them.
    const regionsOf = () => (ruled !== undefined && this.statistics()?.whitening === undefined ? ruled : undefined);
    const sealsRegions = () => {
      const regions = regionsOf();
      return regions !== undefined && (this.regionsAtHub.get(space) ?? regions) === regions;
    };
    return {
      key,
      space,
      get regions() {
        return regionsOf();
      },
      get evidence() {
        return sealsRegions();
      },
      sealer: () => {
        const { dimensions } = output;
        sealer ??= {
          ...createSealer(key, dimensions, this.statistics()),
          encoding,
          get sealsRegions() {
            return sealsRegions();
          },
        };
        return sealer;
      },
    };
  }
}

/** Asks until there is an answer, and keeps that. */
function once<Value>(ask: () => Value): () => Value {
  let answer: { readonly value: Value } | undefined;
  return () => {
    answer ??= { value: ask() };
    return answer.value;
  };
}
