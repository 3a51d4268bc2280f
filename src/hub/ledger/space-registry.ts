import type { PinnedSpace, SpacePolicy } from './ledger.js';

/** A manifest that an operator has added. */
export interface AddedManifest {
  readonly name: string;
  readonly json: string;
  readonly addedAtMs: number;
}

/** What an operator decides about embedding spaces. Every change is a record of the log. */
export interface SpaceRegistry {
  spaces(): Promise<PinnedSpace[]>;
  manifests(): Promise<AddedManifest[]>;
  /** @returns false if this very manifest is there already. @throws BAD_MANIFEST if its name is taken by another */
  addManifest(manifest: SpacePolicy, timeMs: number): Promise<boolean>;
  /**
   * Pins a space, or makes a retired one active again.
   * @returns what it was before; undefined if it was not pinned
   */
  activate(id: string, policy: SpacePolicy, timeMs: number): Promise<PinnedSpace['state'] | undefined>;
  /** Takes a space out of use. Its entries stay in the ledger. @throws UNKNOWN_SPACE if it is not pinned */
  retire(id: string, timeMs: number): Promise<void>;
  /** Gives a space of an older version the policy that it has been judged by. */
  fillPolicy(id: string, policy: string): Promise<void>;
  /** Live entries of each space. */
  countEntries(): Promise<ReadonlyMap<string, number>>;
}
