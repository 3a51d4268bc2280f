import { monthFromNumber } from '../../protocol/month.js';
import type { HubContext } from './context.js';
import { Entry } from './entry.js';

/** One of the viewer's own live entries by its id; null for a foreign id, an unknown and an expired one alike. */
export async function resolveOwnEntry(
  { id }: Readonly<Record<string, unknown>>,
  { hub, caller }: HubContext,
): Promise<Entry | null> {
  const entry = typeof id === 'string' ? await hub.ledger.summary(id) : undefined;
  if (entry?.tenant !== caller.tenant || entry.expiresAt * 1000 <= hub.now()) return null;
  return new Entry(entry.id, 'OWN', entry.tenant, monthFromNumber(entry.firstSeen));
}
