import { ClaimprintError } from '../../protocol/errors.js';
import type { TokenScope } from '../../protocol/token.js';
import { appendAction } from './administration.js';
import type { NewTenant, Registry, TenantKeyRecord, TenantRecord, TenantState } from './registry.js';
import type { SqlLog } from './sql-log.js';

/** Tenants and spent assertions over SQL; who was let in and shut out is part of the log. */
export class SqlRegistry implements Registry {
  private readonly log: SqlLog;

  constructor(log: SqlLog) {
    this.log = log;
  }

  async tenants(): Promise<TenantRecord[]> {
    const tenants = await this.log.database.selectFrom('tenant').selectAll().orderBy('id').execute();
    const keys = await this.log.database.selectFrom('tenant_key').selectAll().orderBy('added_at').execute();
    return tenants.map((row) => ({
      id: row.id,
      state: row.state as TenantState,
      scopes: row.scopes.split(' ') as TokenScope[],
      addedAtMs: row.added_at,
      keys: keys
        .filter(({ tenant }) => tenant === row.id)
        .map(({ kid, x, state }) => ({ kid, x, state: state as TenantKeyRecord['state'] })),
    }));
  }

  addTenant({ id, kid, x, scopes, timeMs }: NewTenant): Promise<void> {
    return this.log.write(async (trx, append) => {
      const present = await trx.selectFrom('tenant').select('state').where('id', '=', id).executeTakeFirst();
      if (present) throw new ClaimprintError('TENANT_EXISTS', `Tenant ${id} is known already (${present.state}).`);
      const scopeText = scopes.join(' ');
      await appendAction(trx, append, { name: 'tenantAdd', tenant: id, args: [kid, scopeText], timeMs });
      await trx
        .insertInto('tenant')
        .values({ id, state: 'ACTIVE', scopes: scopeText, added_at: timeMs, revoked_at: null })
        .execute();
      await trx.insertInto('tenant_key').values({ tenant: id, kid, x, state: 'ACTIVE', added_at: timeMs }).execute();
    });
  }

  revokeTenant(id: string, timeMs: number): Promise<void> {
    return this.log.write(async (trx, append) => {
      const present = await trx.selectFrom('tenant').select('state').where('id', '=', id).executeTakeFirst();
      if (!present) throw new ClaimprintError('UNKNOWN_TENANT', `Tenant ${id} is unknown.`);
      if (present.state === 'REVOKED') return;
      await appendAction(trx, append, { name: 'tenantRevoke', tenant: id, args: [], timeMs });
      await trx.updateTable('tenant').set({ state: 'REVOKED', revoked_at: timeMs }).where('id', '=', id).execute();
    });
  }

  useAssertion(tenant: string, jti: string, expiresAtMs: number, nowMs: number): Promise<boolean> {
    return this.log.change(async (trx) => {
      await trx.deleteFrom('assertion').where('expires_at', '<', nowMs).execute();
      const { numInsertedOrUpdatedRows } = await trx
        .insertInto('assertion')
        .values({ tenant, jti, expires_at: expiresAtMs })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return numInsertedOrUpdatedRows === 1n;
    });
  }
}
