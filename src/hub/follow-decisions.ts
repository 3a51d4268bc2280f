import { errorFields, type Logger } from '../platform/log.js';
import type { Ledger } from './ledger/ledger.js';

/** What an operator has decided is asked for so often also when nothing was heard. */
const REFRESH_MS = 10_000;

interface FollowOptions {
  readonly ledger: Ledger;
  /** What remembers something that an operator decides. */
  readonly followers: readonly { refresh(): Promise<void> }[];
  readonly logger: Logger;
  readonly everyMs?: number;
}

/** Takes over what an operator decides at another hub: at once when told of it, and every few seconds in any case. */
export function followDecisions({ ledger, followers, logger, everyMs = REFRESH_MS }: FollowOptions): {
  stop(): Promise<void>;
} {
  let running: Promise<unknown> | undefined;
  let again = false;
  const refresh = () => {
    // What was decided after a refresh has read takes another one.
    again = running !== undefined;
    running ??= Promise.all(followers.map((follower) => follower.refresh()))
      .catch((error: unknown) => logger.warn('what an operator decided is not known', errorFields(error)))
      .finally(() => {
        running = undefined;
        if (again) refresh();
      });
  };
  const stopListening = ledger.onChange((change) => {
    if (change === 'tenants') refresh();
  });
  const timer = setInterval(refresh, everyMs).unref();
  return {
    stop: async () => {
      stopListening();
      clearInterval(timer);
      again = false;
      await running;
    },
  };
}
