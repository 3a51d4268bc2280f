import type { Logger } from '../../platform/log.js';
import type { NodeStore } from '../store/store.js';

/**
 * The hub no longer knows a request that it had confirmed: it was restored from an older state. Every confirmed withdrawal
 * goes back into the outbox, so that they arrive first; then all photos that the hub should hold are sent again.
 * To be called in a transaction.
 */
export async function beginHubRecovery(store: NodeStore, logger: Logger, nowMs: number): Promise<void> {
  logger.warn('the hub was set back to an older state: what it has confirmed is sent again');
  await store.sent.queueWithdrawals();
  await store.recovery.begin('HUB_SET_BACK', nowMs);
}
