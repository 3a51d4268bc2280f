import type { LedgerTables } from '../tables.js';

interface Standing {
  state: string;
  scopes: string;
  shutOutAtMs: number | null;
  /** State by key thumbprint. */
  readonly keys: Map<string, 'ACTIVE' | 'RETIRED'>;
}

/** Follows who was let in and shut out through the log, to say at its end how every tenant must stand. */
export class TenantHistory {
  private readonly standings = new Map<string, Standing>();
  /** Tenants of which something was done that is not known. */
  private readonly unknown = new Set<string>();

  miss(tenant: string): void {
    this.unknown.add(tenant);
  }

  apply(action: string, tenant: string, args: readonly string[], timeMs: number): void {
    if (action === 'tenantAdd') this.add(tenant, args[0]!, args[1]!);
    const standing = this.standings.get(tenant);
    if (!standing) return;
    if (action === 'tenantRevoke') {
      // What was hidden stays hidden.
      if (standing.state !== 'QUARANTINED') standing.state = 'REVOKED';
      standing.shutOutAtMs = timeMs;
    } else if (action === 'tenantQuarantine') standing.state = 'QUARANTINED';
    else if (action === 'tenantLift') standing.state = standing.shutOutAtMs === null ? 'ACTIVE' : 'REVOKED';
    else if (action === 'tenantLeave') {
      standing.state = 'LEFT';
      standing.shutOutAtMs = timeMs;
      retire(standing.keys);
    }
  }

  private add(tenant: string, kid: string, scopes: string): void {
    const keys = this.standings.get(tenant)?.keys ?? new Map();
    retire(keys);
    keys.set(kid, 'ACTIVE');
    this.standings.set(tenant, { state: 'ACTIVE', scopes, shutOutAtMs: null, keys });
  }

  /** What is wrong with the tenants' rows. */
  problems(tenants: readonly LedgerTables['tenant'][], keys: readonly LedgerTables['tenant_key'][]): string[] {
    const problems: string[] = [];
    const rows = new Map(tenants.map((row) => [row.id, row]));
    for (const id of this.standings.keys()) if (!rows.has(id)) problems.push(`tenant ${id} is missing`);
    for (const row of tenants) {
      if (this.unknown.has(row.id)) continue;
      const expected = this.standings.get(row.id);
      const known = keys.filter(({ tenant }) => tenant === row.id).map(({ kid, state }) => `${kid} ${state}`);
      const same =
        expected &&
        row.state === expected.state &&
        row.scopes === expected.scopes &&
        row.revoked_at === expected.shutOutAtMs &&
        known.sort().join() ===
          [...expected.keys]
            .map(([kid, state]) => `${kid} ${state}`)
            .sort()
            .join();
      if (!same) problems.push(`tenant ${row.id} does not stand as the log says`);
    }
    return problems;
  }
}

function retire(keys: Map<string, 'ACTIVE' | 'RETIRED'>): void {
  for (const kid of keys.keys()) keys.set(kid, 'RETIRED');
}
