import type { Emit } from '../platform/control-socket.js';
import { ClaimprintError } from '../protocol/errors.js';
import type { Hub } from './hub.js';

const LOOK_EVERY_MS = 200;

export interface Rebuilt {
  readonly index: string;
  readonly entries: number;
  readonly seconds: number;
  readonly entriesPerSecond: number;
}

/**
 * Wipes the index and waits until it is filled again from the ledger, by this process or by the hub that leads the
 * indexing. Searches say meanwhile that they are not complete.
 * @throws UNSUPPORTED if there is no index outside a running hub's memory; INTERRUPTED when asked to stop: the index is
 *   filled all the same by a running hub
 */
export async function rebuildIndex(hub: Hub, emit: Emit, signal: AbortSignal): Promise<Rebuilt> {
  const { ledger, index, indexer } = hub;
  if (index.volatile && !indexer.running) {
    throw new ClaimprintError(
      'UNSUPPORTED',
      'The embedded index lives in the memory of a running hub, which fills it at every start: there is nothing to rebuild.',
    );
  }
  const startedMs = performance.now();
  const { searchableSize } = await ledger.head();
  const total = await ledger.countEntriesAfter(0);
  indexer.start();
  await indexer.rebuild();
  for (;;) {
    const left = await ledger.countEntriesAfter(indexer.indexed);
    const done = Math.max(0, total - left);
    const seconds = (performance.now() - startedMs) / 1000;
    const entriesPerSecond = Math.round(done / seconds);
    emit({ kind: 'progress', phase: 'indexing', done, total, entriesPerSecond });
    if (await indexer.waitUntil(searchableSize, LOOK_EVERY_MS)) {
      const took = (performance.now() - startedMs) / 1000;
      return {
        index: index.name,
        entries: total,
        seconds: Number(took.toFixed(1)),
        entriesPerSecond: Math.round(total / took),
      };
    }
    if (signal.aborted) throw new ClaimprintError('INTERRUPTED', 'The index is still being filled.');
  }
}
