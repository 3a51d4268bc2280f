import type { Caller } from '../caller.js';
import type { Hub } from '../hub.js';
import type { WatchedRequest } from '../request-watch.js';

/** What every resolver gets. */
export interface HubContext {
  readonly hub: Hub;
  readonly caller: Caller;
  readonly request: WatchedRequest;
}
