import type { Node } from '../node.js';
import type { OnProgress } from '../progress.js';
import type { PhotoRow } from '../store/tables.js';
import { rereadPhotos, type UnreadablePhoto } from './reread-photos.js';

export interface ResealRequest {
  /** Withdraw from the older spaces once all is moved, and erase their keys. */
  readonly leave?: boolean;
}

export interface ResealReport {
  /** Where photos are moved to: the space of the manifest and the newest key. */
  readonly space: string;
  /** Whether the hub takes it: its operator pins it with `hub space add`. */
  readonly taken: boolean;
  /** Photos moved by this call. */
  readonly moved: number;
  /** Photos that still wait. */
  readonly waiting: number;
  /** Photos that cannot be moved: the model is another one than theirs, and their files are gone. They keep their older copy. */
  readonly unreadable: readonly UnreadablePhoto[];
  /** Photos that the hub has refused in that space: they stay in the older ones, which are not left for that reason. */
  readonly refused: number;
  /** Spaces beside that one that this node still has a key of, or photos in. */
  readonly older: readonly string[];
}

/**
 * Moves all of a node's photos into the space of its manifest and its newest sealing key now, with progress: from their kept
 * embeddings, and from their files where the model has changed. Broken off, it goes on with the
 * next call or the running node.
 * @throws what keeps the hub from answering
 */
export async function reseal(
  node: Node,
  { leave = false }: ResealRequest,
  onProgress: OnProgress,
): Promise<ResealReport> {
  const { seals, resealing } = node;
  const total = await resealing.waiting();
  const show = (waiting: number) => onProgress({ kind: 'progress', phase: 'reseal', done: total - waiting, total });
  if (total > 0) show(total);
  const unreadable: UnreadablePhoto[] = [];
  const reread = async (photos: readonly PhotoRow[]) => {
    unreadable.push(...(await rereadPhotos(node, photos)));
  };
  await resealing.finish({ leave, reread, onMoved: show });
  const waiting = await resealing.waiting();
  const [newest] = seals.all;
  return {
    space: newest!.space,
    taken: seals.isOpened(newest!.space),
    moved: Math.max(total - waiting, 0),
    waiting,
    unreadable,
    refused: await resealing.refused(),
    older: resealing.older,
  };
}
