import { ClaimprintError, type ErrorCode } from '../protocol/errors.js';
import type { HubClient } from './hub-client/hub-client.js';

/** Who asks for a status waits no longer than this for each of the hub's answers. */
const TIMEOUT_MS = 3_000;

/** How a node stands with its hub now. */
export interface HubStanding {
  readonly address: string;
  readonly answers: boolean;
  /** Whether it lets this node in with its key; null where it does not answer. */
  readonly takesKey: boolean | null;
  /** Why not; null if it does. */
  readonly problem: { readonly code: ErrorCode; readonly message: string } | null;
}

/** Asks the hub, whatever was learned of it earlier; remembers nothing of the answer. */
export async function hubStanding(hub: HubClient): Promise<HubStanding> {
  const { address } = hub;
  try {
    await hub.anew(TIMEOUT_MS).request('{ __typename }', '{}');
    return { address, answers: true, takesKey: true, problem: null };
  } catch (thrown) {
    if (!(thrown instanceof ClaimprintError)) throw thrown;
    const { code, message } = thrown;
    const answers = code !== 'HUB_UNAVAILABLE';
    return { address, answers, takesKey: answers ? false : null, problem: { code, message } };
  }
}
