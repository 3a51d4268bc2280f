import type { Withdrawal } from '../node/withdraw.js';
import { plain } from './terminal.js';

/** Paths named at most; `--json` names all. */
const SHOWN_PATHS = 20;

/** What became of the photos that were to be taken back. */
export function withdrawalText({
  withdrawn,
  queued,
  refused,
  alreadyWithdrawn,
  notHeld = [],
  error,
}: Withdrawal): string {
  const none = withdrawn === 0 && (error !== null || alreadyWithdrawn !== undefined);
  const named = notHeld.slice(0, SHOWN_PATHS).map(plain).join(', ');
  const more = notHeld.length > SHOWN_PATHS ? ` and ${notHeld.length - SHOWN_PATHS} more` : '';
  return [
    ...(error ? [`${plain(error.message)} (${error.code})`] : []),
    ...(none ? [] : [`Photos withdrawn: ${withdrawn}`]),
    ...(alreadyWithdrawn ? [`Photos withdrawn already: ${alreadyWithdrawn}`] : []),
    ...(queued > 0 ? [`Photos whose withdrawal waits: ${queued}`] : []),
    ...(refused ? [`Photos whose withdrawal the hub has refused: ${refused}`] : []),
    ...(notHeld.length > 0 ? [`Not held by this node: ${named}${more}`] : []),
  ].join('\n');
}
