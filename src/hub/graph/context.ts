import type { Caller } from '../caller.js';
import type { Hub } from '../hub.js';

/** What every resolver gets. */
export interface HubContext {
  readonly hub: Hub;
  readonly caller: Caller;
  /** Made by the hub; never the client's. */
  readonly requestId: string;
}
