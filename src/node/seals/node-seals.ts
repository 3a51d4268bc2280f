import { existsSync } from 'node:fs';
import type { SealKey, SealUse } from '../../fingerprint/seal-key.js';
import { readSealKeys, replaceSealKeys } from '../../fingerprint/seal-key-file.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { type NodeSeal, type SealedSpace, sealOf } from './node-seal.js';

/**
 * The sealing keys that a node holds, one, or several epochs while the consortium moves to a new one, with what it seals:
 * the space of its manifest, and while its photos move there also that of the manifest before.
 */
export class NodeSeals {
  private readonly file: string;
  private sealed: readonly SealedSpace[];
  private held: readonly NodeSeal[];
  private readonly opened = new Set<string>();
  private readonly left = new Set<string>();
  private readonly regionsAtHub = new Map<string, string>();
  private change: Promise<unknown> = Promise.resolve();

  private constructor(file: string, sealed: SealedSpace, keys: readonly SealKey[]) {
    this.file = file;
    this.sealed = [sealed];
    this.held = this.sealsOf(keys);
  }

  /**
   * @param unsaid what a key of the first version is for, which does not say it
   * @throws NOT_READABLE, BAD_KEY_FILE; a file that is not there is a node that was not given its key yet
   */
  static async open(file: string, sealed: SealedSpace, unsaid: SealUse): Promise<NodeSeals> {
    return new NodeSeals(file, sealed, existsSync(file) ? await readSealKeys(file, unsaid) : []);
  }

  /** Seals for the spaces of earlier manifests too. @param earlier the last one first */
  sealAlso(earlier: readonly SealedSpace[]): void {
    const { keys } = this;
    this.sealed = [...this.sealed, ...earlier];
    this.held = this.sealsOf(keys);
  }

  /** Newest epoch first. */
  get keys(): readonly SealKey[] {
    return keysOf(this.held);
  }

  /** The present manifest first, and of each the newest epoch. */
  get all(): readonly NodeSeal[] {
    return this.held;
  }

  /** The key of the last epoch that this node was given. @throws SEAL_KEY_MISSING if it was not given a key yet */
  get newest(): NodeSeal {
    const [newest] = this.held;
    if (newest) return newest;
    throw new ClaimprintError(
      'SEAL_KEY_MISSING',
      'This node has no sealing key yet: `claimprint seal-key request` says what to send to a member that has it, and `seal-key import` takes the answer.',
    );
  }

  /**
   * What this node's photos belong to: the newest key whose space the hub was seen to take, else the oldest key, by the
   * manifest of this version.
   */
  get current(): NodeSeal {
    const taken = this.held.find(({ space }) => this.opened.has(space));
    return taken ?? this.held.findLast((seal) => this.isPresent(seal)) ?? this.newest;
  }

  /** Of the manifest of this version. */
  private isPresent({ sealed }: NodeSeal): boolean {
    return sealed === this.sealed[0];
  }

  /**
   * Where photos are submitted and searched: the present space, and older ones until the consortium has left them, but
   * none of an earlier manifest that nobody is known to have used. It changes at any time: to be read in the transaction
   * that stores a photo, and for each search.
   */
  get inUse(): readonly NodeSeal[] {
    return this.held
      .slice(this.held.indexOf(this.current))
      .filter((seal) => !this.left.has(seal.space) && (this.isPresent(seal) || this.opened.has(seal.space)));
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

  /** Whether the hub was seen to take this space. */
  isOpened(space: string): boolean {
    return this.opened.has(space);
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
    for (const { statistics } of this.sealed) statistics?.();
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
  add(keys: readonly SealKey[]): Promise<readonly SealKey[]> {
    return this.inTurn(() => this.addKeys(keys));
  }

  /** Erases what only a space needs that the consortium has left: the key of its epoch, or what is kept of its manifest. */
  drop(space: string): Promise<void> {
    return this.inTurn(async () => {
      const dropped = this.of(space);
      const rest = this.held.filter((seal) => seal !== dropped);
      if (!dropped || rest.length === 0) return;
      await this.hold(rest);
      if (rest.some(({ sealed }) => sealed === dropped.sealed)) return;
      this.sealed = this.sealed.filter((sealed) => sealed !== dropped.sealed);
      await dropped.sealed.forget?.();
    });
  }

  /** One change of the file at a time: each starts from what the one before has left. */
  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.change.then(work);
    this.change = done.catch(() => undefined);
    return done;
  }

  private async addKeys(keys: readonly SealKey[]): Promise<readonly SealKey[]> {
    const held = this.keys;
    const fresh = keys.filter((key) => !held.some((other) => isSame(key, other)));
    for (const { epoch } of fresh) {
      if (held.some((key) => key.epoch === epoch)) {
        throw new ClaimprintError('SEAL_KEY_MISMATCH', `This node holds another sealing key of epoch ${epoch}.`);
      }
    }
    const newest = Math.max(...keys.map(({ epoch }) => epoch));
    const [current] = held;
    if (current && fresh.length > 0 && newest < current.epoch) {
      const message = `This is a key of epoch ${newest}; this node seals in epoch ${current.epoch} already.`;
      throw new ClaimprintError('EPOCH_MISMATCH', message);
    }
    if (fresh.length > 0) await this.hold(this.sealsOf([...held, ...fresh]));
    return fresh;
  }

  private async hold(seals: readonly NodeSeal[]): Promise<void> {
    const keys = keysOf(seals);
    if (keys.length !== this.keys.length) await replaceSealKeys(this.file, keys);
    this.held = seals;
  }

  private sealsOf(keys: readonly SealKey[]): NodeSeal[] {
    const atHub = (space: string) => this.regionsAtHub.get(space);
    const newestFirst = [...keys].sort((a, b) => b.epoch - a.epoch);
    return this.sealed.flatMap((sealed) => newestFirst.map((key) => sealOf(key, sealed, atHub)));
  }
}

function keysOf(seals: readonly NodeSeal[]): SealKey[] {
  return [...new Set(seals.map(({ key }) => key))].sort((a, b) => b.epoch - a.epoch);
}

function isSame(a: SealKey, b: SealKey): boolean {
  return a.profile === b.profile && a.epoch === b.epoch && a.keyCheck === b.keyCheck;
}
