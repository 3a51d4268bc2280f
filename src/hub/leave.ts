import { ClaimprintError } from '../protocol/errors.js';
import { ENTRIES_PER_WRITE, eraseInBatches } from './erase-in-batches.js';
import type { Hub } from './hub.js';

/**
 * A tenant leaves the consortium: it is shut out and its entries are hidden at once, then erased for good; the log stays.
 * Asked again, it goes on where it was cut off, as the sweeper does on its own.
 * @returns number of entries erased
 * @throws UNKNOWN_TENANT; INTERRUPTED when told to stop
 */
export async function leave(
  hub: Hub,
  tenant: string,
  onErased: (sofar: number) => void,
  signal: AbortSignal,
): Promise<number> {
  await hub.tenants.leave(tenant, hub.now());
  const erased = await eraseInBatches(
    hub,
    () => hub.ledger.eraseLeft(tenant, ENTRIES_PER_WRITE, hub.now()),
    signal,
    onErased,
  );
  if (signal.aborted)
    throw new ClaimprintError('INTERRUPTED', 'Not everything is erased yet; the hub goes on with it.');
  return erased;
}
