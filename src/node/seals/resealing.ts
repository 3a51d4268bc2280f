import { setTimeout as sleep } from 'node:timers/promises';
import { hubUnavailable } from '../../platform/hub-response.js';
import type { Logger } from '../../platform/log.js';
import { toClaimprintError } from '../../protocol/errors.js';
import { parseSpaceId, sameFingerprint } from '../../protocol/space.js';
import type { HubClient } from '../hub-client/hub-client.js';
import { DOCUMENTS } from '../hub-client/hub-documents.js';
import type { Outbox } from '../outbox.js';
import type { FingerprintMove, UnreadPhoto } from '../store/reseal-store.js';
import { type Closing, closeSpace, withdrawMoved } from './close-space.js';
import { type MovingNode, movePhotos, oldestAlive } from './move-photos.js';
import type { NodeSeal } from './node-seal.js';
import type { NodeSeals } from './node-seals.js';

/** How often a node that holds several sealing keys asks which spaces the hub takes. */
const ASK_INTERVAL_MS = 60_000;
/** How long such an answer is good for a search: asking once more for each of thousands of photos would tell nothing new. */
const ANSWER_LASTS_MS = 1_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;
/** How long the end of a node waits for the step under way. */
const CLOSE_PATIENCE_MS = 3_000;

/** A space is left between two photos that people add: how often it is tried before it is put off. */
const MOST_ATTEMPTS = 50;

/** Photos whose files are read again at once: a crash loses what was computed of one such batch at most. */
const REREAD_AT_ONCE = 64;

/** A move that a person asks for does what the node does not do by itself. */
export interface AskedMove {
  /** Withdraw from the older spaces as soon as all is moved, though the hub still takes them. */
  readonly leave: boolean;
  /** Fingerprints photos of which there is no fingerprint of the present model, from their files. */
  readonly reread: (photos: readonly UnreadPhoto[]) => Promise<void>;
  readonly onMoved: (waiting: number) => void;
}

interface ResealingTools extends MovingNode {
  readonly hub: HubClient;
  readonly outbox: Outbox;
  readonly seals: NodeSeals;
  readonly logger: Logger;
}

/**
 * Moves a node's photos into the space of its manifest and its newest sealing key, beside its own work. It begins when the hub takes that
 * space, because an operator or another member's photo has opened it; it leaves an older space when all is moved and the operator has retired it, or
 * when told to, which it then ends by itself. What is left to do is read off the store, so it goes on in the next process.
 */
export class Resealing {
  private readonly tools: ResealingTools;
  private running: Promise<void> | undefined;
  private closing = false;
  private retryMs = FIRST_RETRY_MS;
  private notBeforeMs = 0;
  private looking: Promise<void> | undefined;
  private lookAgainMs = 0;
  /** Spaces with photos of this node that it cannot seal for: another manifest's, before this version. */
  private outgrown: readonly string[] = [];
  private isLackingOwn = false;

  constructor(tools: ResealingTools) {
    this.tools = tools;
  }

  /** The outbox is empty: a good moment to look. Never throws and never waits. */
  wake(): void {
    if (!this.isMoving || this.running || this.closing || performance.now() < this.notBeforeMs) return;
    this.running = this.run().finally(() => {
      this.running = undefined;
    });
  }

  /** There is a new key: looks at the next opportunity. */
  hurry(): void {
    this.notBeforeMs = 0;
    this.lookAgainMs = 0;
    this.wake();
  }

  /**
   * Takes up what is known of the spaces. In use are those that the hub was seen to take, as it said or because it took a
   * photo there, but for those that this node has begun to leave.
   */
  async recall(): Promise<void> {
    const { store, seals } = this.tools;
    for (const space of await store.reseal.opened()) seals.markOpened(space);
    for (const space of await store.reseal.left()) seals.markLeft(space);
    for (const { space } of seals.all.length > 1 ? seals.all : []) {
      if (!seals.isOpened(space) && (await store.reseal.hasSubmitted(space))) seals.markOpened(space);
    }
    await this.findOutgrown();
    this.isLackingOwn = await this.lacksOwn();
  }

  /** Whether this node has photos in older spaces, or may have. */
  get isMoving(): boolean {
    return this.tools.seals.all.length > 1 || this.outgrown.length > 0;
  }

  /** Whether photos of one's own are where no search of this node comes, and still have to be moved. */
  get missesOwn(): boolean {
    return this.isLackingOwn;
  }

  /** Spaces beside the one that photos are moved to. */
  get older(): readonly string[] {
    return [...this.tools.seals.all.slice(1).map(({ space }) => space), ...this.outgrown];
  }

  /**
   * Makes sure, before photos are stored or searched for, that no space is left out which the hub takes: others may have
   * moved there and left the older ones, where nothing would be found.
   * @throws what keeps the hub from answering
   */
  async look(): Promise<void> {
    if (!this.tools.seals.mayBeBehind) return;
    if (!this.looking || performance.now() >= this.lookAgainMs) {
      this.lookAgainMs = performance.now() + ANSWER_LASTS_MS;
      this.looking = this.askHub().then(
        () => undefined,
        (error) => {
          this.lookAgainMs = 0;
          throw error;
        },
      );
    }
    await this.looking;
  }

  /**
   * Moves all that there is to move, and looks at the hub first.
   * @throws what keeps the hub from answering, MODEL_MISSING
   */
  async finish(asked: AskedMove): Promise<void> {
    await this.running;
    this.running = this.work(asked).finally(() => {
      this.running = undefined;
    });
    await this.running;
  }

  /** Photos that wait to be moved into the newest space. */
  async waiting(): Promise<number> {
    const move = this.move();
    return move ? this.tools.store.reseal.countUnmoved(move) : 0;
  }

  /** Those of them of which the present model has made no fingerprint: their files must be read again. */
  async unread(): Promise<number> {
    const move = this.move();
    return move ? this.tools.store.reseal.countUnread(move) : 0;
  }

  /** Photos that the hub has refused in the newest space, so that they are in older ones only, which are not left. */
  async refused(): Promise<number> {
    const move = this.move();
    return move ? this.tools.store.reseal.countRefused(move) : 0;
  }

  /** Lets the step under way end, for a while. */
  async close(): Promise<void> {
    this.closing = true;
    await Promise.race([this.running?.catch(() => undefined), sleep(CLOSE_PATIENCE_MS, undefined, { ref: false })]);
  }

  private async run(): Promise<void> {
    try {
      await this.work();
      this.retryMs = FIRST_RETRY_MS;
      this.notBeforeMs = performance.now() + ASK_INTERVAL_MS;
    } catch (thrown) {
      const { code, message } = toClaimprintError(thrown);
      this.tools.logger.warn('the move to a newer space waits', { code, reason: message });
      this.notBeforeMs = performance.now() + this.retryMs;
      this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
    }
  }

  private async work(asked?: AskedMove): Promise<void> {
    const { store, seals } = this.tools;
    const [to] = seals.all;
    const older = this.older;
    if (!to || older.length === 0) return;
    await store.reseal.forgetRefusals(to.space, older);
    const rereadNext = asked && this.rereading(asked);
    let states = await this.askHub();
    if (rereadNext && mayBeOpened(to.space, states)) states = await this.open(to, rereadNext);
    if (states.get(to.space) !== 'ACTIVE') return;
    await this.moveAll(to, asked, rereadNext);
    if (this.closing) return;
    for (const space of older) {
      const state = states.get(space);
      const isUseless = state === 'RETIRED' || (!state && seals.of(space)?.sealed !== to.sealed);
      if (asked?.leave || seals.isLeft(space) || isUseless) await this.leave(space, to);
    }
    await this.findOutgrown();
  }

  private async moveAll(
    to: NodeSeal,
    asked: AskedMove | undefined,
    rereadNext?: () => Promise<boolean>,
  ): Promise<void> {
    for (;;) {
      // One batch on its way at a time: what people add or withdraw meanwhile goes between.
      await this.deliver();
      if (this.closing) return;
      const moved = await movePhotos(this.tools, this.older, to);
      if (moved === 0 && !(await rereadNext?.())) break;
      asked?.onMoved(await this.waiting());
    }
    if (asked) await this.tools.store.reseal.markReread(to.space);
    this.isLackingOwn = await this.lacksOwn();
  }

  /** @returns reads the next files again; false when every one was tried */
  private rereading({ reread }: AskedMove): () => Promise<boolean> {
    let after = 0;
    return async () => {
      const photos = await this.tools.store.reseal.unread(this.move()!, after, REREAD_AT_ONCE);
      if (photos.length > 0) await reread(photos);
      after = photos.at(-1)?.position ?? after;
      return photos.length > 0;
    };
  }

  /** A hub that knows a space's manifest takes its first photo. */
  private async open(to: NodeSeal, rereadNext: () => Promise<boolean>): Promise<ReadonlyMap<string, string>> {
    await this.deliver();
    while ((await movePhotos(this.tools, this.older, to, 1)) === 0 && (await rereadNext()));
    await this.deliver();
    await this.tools.store.reseal.forgetRefusals(to.space, this.older);
    return this.askHub();
  }

  private async deliver(): Promise<void> {
    const { error } = await this.tools.outbox.deliver();
    if (error) throw error;
  }

  private async leave(space: string, to: NodeSeal): Promise<void> {
    const { seals, logger } = this.tools;
    if (!seals.of(space)) {
      await withdrawMoved(this.tools, space, to.space);
      return this.deliver();
    }
    let closing: Closing = 'BUSY';
    for (let i = 0; closing === 'BUSY' && i < MOST_ATTEMPTS && !this.closing; i++) {
      closing = await closeSpace(this.tools, space);
      await this.deliver();
    }
    if (closing !== 'LEFT') return;
    await seals.drop(space);
    logger.warn('an older space is left, and the key and what else only it needed are erased');
  }

  private move(): FingerprintMove | undefined {
    const { seals, nowMs, pipeline } = this.tools;
    const [to] = seals.all;
    return to && { to: to.space, from: this.older, since: oldestAlive(nowMs()), pipeline };
  }

  private async findOutgrown(): Promise<void> {
    const { store, seals } = this.tools;
    this.outgrown = await store.reseal.populatedBeside(seals.all.map(({ space }) => space));
  }

  private async lacksOwn(): Promise<boolean> {
    const move = this.move();
    if (!move || this.outgrown.length === 0) return false;
    const { reseal } = this.tools.store;
    const unmoved = { ...move, from: this.outgrown };
    if ((await reseal.unmoved(unmoved, 1)).length > 0) return true;
    return !(await reseal.isReread(move.to)) && (await reseal.countUnread(unmoved)) > 0;
  }

  /** What has become of each space at the hub; those that it takes are in use from now on. */
  private async askHub(): Promise<ReadonlyMap<string, string>> {
    const { hub, store, seals } = this.tools;
    const { embeddingSpaces } = await hub.request(DOCUMENTS.embeddingSpaces, '{}');
    if (!Array.isArray(embeddingSpaces)) throw hubUnavailable();
    const states = new Map(embeddingSpaces.map(({ id, state }: { id: string; state: string }) => [id, state]));
    for (const { space } of seals.all) {
      if (states.get(space) !== 'ACTIVE') continue;
      await store.reseal.markOpened(space);
      seals.markOpened(space);
    }
    return states;
  }
}

/** Whether a hub may take a space that it was not told of: only where it takes no other key of the same fingerprints. */
function mayBeOpened(space: string, states: ReadonlyMap<string, string>): boolean {
  const isRival = ([id, state]: readonly [string, string]) =>
    state === 'ACTIVE' && sameFingerprint(parseSpaceId(id), parseSpaceId(space));
  return !states.has(space) && ![...states].some(isRival);
}
