import type { Commands } from '../platform/owner.js';
import type { Hub } from './hub.js';

/** What an operator may ask of a hub's data directory, in the running hub or with the directory free. */
export const hubCommands = {
  tenantAdd: async (hub: Hub, { tenant, jwk }: { tenant: string; jwk: unknown }) => ({
    tenant,
    kid: await hub.tenants.add(tenant, jwk, hub.now()),
  }),

  tenantList: async (hub: Hub) => {
    const entries = await hub.ledger.countEntries();
    const tenants = await hub.tenants.list();
    return tenants.map(({ id, state, keys, addedAtMs }) => ({
      tenant: id,
      state,
      keys: keys.map((key) => ({ kid: key.kid, state: key.state })),
      entries: entries.get(id) ?? 0,
      addedAt: new Date(addedAtMs).toISOString(),
    }));
  },

  tenantRevoke: async (hub: Hub, { tenant }: { tenant: string }) => {
    await hub.tenants.revoke(tenant, hub.now());
    return { tenant, state: 'REVOKED' };
  },

  status: async (hub: Hub) => {
    const { size, root } = await hub.ledger.head();
    return {
      hub: hub.id,
      ledgerSize: size,
      root: root.toString('base64url'),
      indexed: hub.indexer.indexed,
      complete: hub.indexer.complete,
      index: hub.index.name,
    };
  },
} satisfies Commands<Hub>;
