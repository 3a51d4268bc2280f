import { ClaimprintError } from '../protocol/errors.js';
import { parseTenantId, type TenantId } from '../protocol/ids.js';
import type { KeySet } from '../protocol/jws.js';
import { importPublicJwk } from '../protocol/keys.js';
import type { TokenScope } from '../protocol/token.js';
import type { Registry, TenantRecord } from './ledger/registry.js';

const DEFAULT_SCOPES: readonly TokenScope[] = ['submit', 'find', 'withdraw'];
const NO_KEYS: KeySet = new Map();

interface ActiveTenant {
  readonly scopes: readonly TokenScope[];
  readonly keys: KeySet;
}

/** Who may use the hub now. Every request asks here, so that a revocation takes effect with the next one. */
export class Tenants {
  private readonly registry: Registry;
  private active: ReadonlyMap<string, ActiveTenant> = new Map();
  private reloading: Promise<void> = Promise.resolve();

  private constructor(registry: Registry) {
    this.registry = registry;
  }

  static async open(registry: Registry): Promise<Tenants> {
    const tenants = new Tenants(registry);
    await tenants.reload();
    return tenants;
  }

  list(): Promise<TenantRecord[]> {
    return this.registry.tenants();
  }

  /** Active keys of one tenant; none if it is unknown or revoked. */
  keysOf(tenant: TenantId): KeySet {
    return this.active.get(tenant)?.keys ?? NO_KEYS;
  }

  scopesOf(tenant: TenantId): readonly TokenScope[] {
    return this.active.get(tenant)?.scopes ?? [];
  }

  /**
   * Lets a tenant in. The same tenant with the same key again is no error.
   * @returns the key's thumbprint
   * @throws BAD_REQUEST, BAD_KEY_FILE, TENANT_EXISTS
   */
  async add(name: string, jwk: unknown, nowMs: number, scopes = DEFAULT_SCOPES): Promise<string> {
    const id = parseTenantId(name);
    const { kid, jwk: publicJwk } = await importPublicJwk(jwk);
    if (this.keysOf(id).has(kid)) return kid;
    await this.registry.addTenant({ id, kid, x: publicJwk.x, scopes, timeMs: nowMs });
    await this.reload();
    return kid;
  }

  /** Shuts a tenant out. Its entries stay findable, as evidence for the others. @throws UNKNOWN_TENANT */
  async revoke(name: string, nowMs: number): Promise<void> {
    const id = parseTenantId(name);
    await this.registry.revokeTenant(id, nowMs);
    await this.reload();
    if (this.active.has(id)) throw new ClaimprintError('INTERNAL', 'The revocation did not take effect.');
  }

  /** One after another: a reload that has read before a revocation must not end after the one that has seen it. */
  private reload(): Promise<void> {
    const reloaded = this.reloading.then(() => this.read());
    this.reloading = reloaded.catch(() => undefined);
    return reloaded;
  }

  private async read(): Promise<void> {
    const active = new Map<string, ActiveTenant>();
    for (const { id, state, scopes, keys } of await this.registry.tenants()) {
      if (state !== 'ACTIVE') continue;
      const imported = await Promise.all(
        keys.filter((key) => key.state === 'ACTIVE').map(({ x }) => importPublicJwk({ kty: 'OKP', crv: 'Ed25519', x })),
      );
      active.set(id, { scopes, keys: new Map(imported.map(({ kid, key }) => [kid, key])) });
    }
    this.active = active;
  }
}
