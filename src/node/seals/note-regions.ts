import type { Logger } from '../../platform/log.js';
import type { NodeStore } from '../store/store.js';
import type { NodeSeal } from './node-seal.js';
import type { NodeSeals } from './node-seals.js';

/**
 * Remembers what the hub's kinds are told by in a space. Where this node makes its vectors of regions of something else,
 * which happens between releases, it sends none from then on: whoever compared them would tell kinds at random.
 */
export async function noteRegions(
  seal: Pick<NodeSeal, 'space' | 'evidence'>,
  regions: string | undefined,
  tools: {
    readonly seals: Pick<NodeSeals, 'markRegions'>;
    readonly store: NodeStore;
    readonly logger: Pick<Logger, 'warn'>;
  },
): Promise<void> {
  if (regions === undefined || !tools.seals.markRegions(seal.space, regions)) return;
  await tools.store.spaceRegions.save(seal.space, regions);
  if (!seal.evidence) {
    tools.logger.warn('the hub tells kinds of matches by other vectors of regions than this node makes', { regions });
  }
}
