import type { WithdrawTarget } from '../protocol/digest.js';
import { withdrawTargetOf } from './outbox-items.js';
import type { OutboxItem } from './store/outbox-store.js';
import type { NodeStore } from './store/store.js';
import type { PhotoRow } from './store/tables.js';

/**
 * Forgets refused withdrawals as far as newer ones name the same, so that what remains is what still has to be asked for again.
 * To be called in a transaction.
 * @param targets of the newer withdrawals
 * @param photos that they are for
 */
export async function takeOverRefused(
  store: NodeStore,
  refused: readonly OutboxItem[],
  targets: readonly WithdrawTarget[],
  photos: readonly Pick<PhotoRow, 'ref'>[],
): Promise<void> {
  const named = new Set(photos.map(({ ref }) => ref.toString('hex')));
  const isAll = targets.some((target) => 'all' in target);
  for (const item of refused) {
    const target = withdrawTargetOf(item);
    if (isAll || targets.some((newer) => isSameClaim(target, newer))) await store.outbox.remove(item);
    else if ('references' in target) {
      const rest = target.references.filter((reference) => !named.has(Buffer.from(reference).toString('hex')));
      if (rest.length === 0) await store.outbox.remove(item);
      else if (rest.length < target.references.length) await store.outbox.narrowRefused(item, rest);
    }
  }
}

function isSameClaim(a: WithdrawTarget, b: WithdrawTarget): boolean {
  return 'claimReference' in a && 'claimReference' in b && Buffer.compare(a.claimReference, b.claimReference) === 0;
}
