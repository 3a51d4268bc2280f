import type { Emit } from '../../platform/control-socket.js';
import { ClaimprintError } from '../../protocol/errors.js';
import type { Hub } from '../hub.js';
import { coveredRecords } from '../index/covered-records.js';
import { rebuildIndex } from '../rebuild-index.js';
import { type RestoreArguments, restoreHub } from '../restore.js';
import { shownLimits } from '../tenant-budget.js';
import { VERSION } from '../version.js';
import { comingTenants } from './enrolment.js';

/** What an operator may ask about the running of the hub. */
export const operationCommands = {
  status: async (hub: Hub) => {
    const { ledger, indexer, index, tenants, spaces, spaceRegistry, retention, now } = hub;
    const head = await ledger.head();
    const { indexed, indexProblem } = await indexedRecords(hub);
    const records = await tenants.list();
    const pinned = await spaceRegistry.spaces();
    const entries = await ledger.countEntries(now() / 1000);
    const count = <Item>(items: readonly Item[], stateOf: (item: Item) => string) =>
      items.reduce<Record<string, number>>((sums, item) => {
        sums[stateOf(item)] = (sums[stateOf(item)] ?? 0) + 1;
        return sums;
      }, {});
    return {
      hub: hub.id,
      version: VERSION,
      ledger: ledger.name,
      ledgerSize: head.size,
      root: head.root.toString('base64url'),
      entries: [...entries.values()].reduce((sum, each) => sum + each, 0),
      ledgerBytes: await ledger.storedBytes(),
      index: index.name,
      // Why the index could not be asked, else null.
      indexProblem: indexProblem ?? null,
      // Null where only another process could tell.
      indexed: indexed ?? null,
      lag: indexed === undefined ? null : await ledger.countEntriesAfter(indexed),
      complete: indexed === undefined ? null : indexed >= head.searchableSize,
      serving: indexer.running,
      // As the list of tenants shows them: a tenant that is known and has a new code is not on its way in.
      tenants: count([...records, ...(await comingTenants(hub, records))], ({ state }) => state),
      spaces: count(pinned, ({ state }) => state),
      manifests: spaces.manifests.length,
      maxRetentionYears: retention.maxYears,
      queryBudget: hub.queryBudget.queries,
      tenantLimits: shownLimits(hub.tenantBudget.limits),
    };
  },

  /** Puts a backup in the place of the ledger; resolves when nothing withdrawn can come back. */
  restore: (hub: Hub, args: RestoreArguments, emit: Emit) => restoreHub(hub, args, emit),

  /** Wipes the index and fills it from the ledger; resolves when all is searchable again. */
  rebuildIndex: (hub: Hub, _none: object, emit: Emit, signal: AbortSignal) => rebuildIndex(hub, emit, signal),
};

/**
 * Log records that a search sees; undefined if the index is in the memory of processes other than this one, or away: a
 * hub's status is asked for above all when something is.
 */
async function indexedRecords({
  ledger,
  indexer,
  index,
}: Hub): Promise<{ readonly indexed?: number; readonly indexProblem?: string }> {
  if (indexer.running) return { indexed: indexer.indexed };
  if (index.volatile) return {};
  try {
    const watermark = await index.readWatermark();
    return { indexed: (watermark && (await coveredRecords(ledger, watermark))) ?? 0 };
  } catch (error) {
    if (error instanceof ClaimprintError) return { indexProblem: error.message };
    throw error;
  }
}
