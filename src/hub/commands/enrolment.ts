import { ClaimprintError } from '../../protocol/errors.js';
import { parseTenantId } from '../../protocol/ids.js';
import { inviteCodeHash, makeInviteCode, parseInviteCode } from '../../protocol/invite-code.js';
import { fingerprintOf } from '../../protocol/keys.js';
import { parseScopes } from '../../protocol/token.js';
import type { Hub } from '../hub.js';

const MAX_HOURS = 90 * 24;

/** What an operator may ask to let an insurer in without a file changing hands. */
export const enrolmentCommands = {
  /** The code is shown once and kept nowhere. */
  tenantInvite: async (hub: Hub, { tenant, hours }: { tenant: string; hours: number }) => {
    const id = parseTenantId(tenant);
    if (!Number.isInteger(hours) || hours < 1 || hours > MAX_HOURS) {
      throw new ClaimprintError('BAD_REQUEST', `A code lives for 1 to ${MAX_HOURS} hours.`);
    }
    const code = makeInviteCode(id);
    const timeMs = hub.now();
    const expiresAtMs = timeMs + hours * 3_600_000;
    await hub.invites.add({ tenant: id, codeHash: inviteCodeHash(parseInviteCode(code)), expiresAtMs, timeMs });
    return { tenant: id, code, expiresAt: new Date(expiresAtMs).toISOString() };
  },

  /** @param scopes as of `tenantAdd` */
  tenantConfirm: async (
    hub: Hub,
    { tenant, fingerprint, scopes }: { tenant: string; fingerprint: string; scopes?: readonly string[] | undefined },
  ) => {
    const granted = scopes && parseScopes(scopes);
    const kid = await hub.tenants.confirm(hub.invites, tenant, fingerprint, hub.now(), granted);
    return { tenant, kid, fingerprint: fingerprintOf(kid), state: 'ACTIVE' };
  },
};

/** Tenants that are on their way in and were never let in before. @param tenants that are known */
export async function comingTenants(hub: Hub, tenants: readonly { readonly id: string }[]) {
  const known = new Set(tenants.map(({ id }) => id));
  return (await openInvites(hub)).filter(({ tenant }) => !known.has(tenant));
}

/** What is on its way in: codes that may still be used, and keys that wait to be confirmed. */
export async function openInvites(hub: Hub) {
  const invites = await hub.invites.list();
  return invites
    .filter(({ kid, expiresAtMs }) => kid !== undefined || expiresAtMs > hub.now())
    .map(({ tenant, kid, expiresAtMs }) => ({
      tenant,
      state: kid === undefined ? 'INVITED' : 'PENDING',
      /** To be compared with what the insurer's node shows. */
      fingerprint: kid === undefined ? null : fingerprintOf(kid),
      codeExpiresAt: new Date(expiresAtMs).toISOString(),
    }));
}
