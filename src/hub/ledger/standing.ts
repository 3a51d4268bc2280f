import { ClaimprintError } from '../../protocol/errors.js';
import { unauthenticated } from '../../protocol/jws.js';
import type { LedgerTransaction } from './append.js';
import type { TenantState } from './registry.js';

/**
 * The last word on whether a tenant may submit or search, inside the write: it may have been shut out or quarantined,
 * at another hub too, since its token was checked. One that is not there at all was refused by then.
 * @throws UNAUTHENTICATED, TENANT_QUARANTINED
 */
export async function requireStanding(trx: LedgerTransaction, tenant: string): Promise<void> {
  const row = await trx
    .selectFrom('tenant')
    .select(['state', 'revoked_at'])
    .where('id', '=', tenant)
    .executeTakeFirst();
  if (row && row.revoked_at !== null) throw unauthenticated();
  if ((row?.state as TenantState | undefined) === 'QUARANTINED') throw quarantined();
}

export function quarantined(): ClaimprintError {
  return new ClaimprintError(
    'TENANT_QUARANTINED',
    'The association has quarantined this insurer: it may withdraw, but neither submit nor search, until that is lifted.',
  );
}
