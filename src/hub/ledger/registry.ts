import type { TokenScope } from '../../protocol/token.js';

/** Only an ACTIVE tenant may use the hub; the entries of a QUARANTINED one are not found, those of one that LEFT are erased. */
export type TenantState = 'ACTIVE' | 'QUARANTINED' | 'REVOKED' | 'LEFT';

export interface TenantKeyRecord {
  readonly kid: string;
  /** Public Ed25519 key, base64url. */
  readonly x: string;
  readonly state: 'ACTIVE' | 'RETIRED';
}

export interface TenantRecord {
  readonly id: string;
  readonly state: TenantState;
  readonly scopes: readonly TokenScope[];
  readonly addedAtMs: number;
  readonly keys: readonly TenantKeyRecord[];
}

export interface NewTenant {
  readonly id: string;
  readonly kid: string;
  readonly x: string;
  readonly scopes: readonly TokenScope[];
  readonly timeMs: number;
}

/** Who may use the hub. Changes are records of the log. */
export interface Registry {
  tenants(): Promise<TenantRecord[]>;
  /** @throws TENANT_EXISTS */
  addTenant(tenant: NewTenant): Promise<void>;
  /** @throws UNKNOWN_TENANT */
  revokeTenant(id: string, timeMs: number): Promise<void>;
  /** Remembers a client assertion until it has expired. @returns false if it was there already */
  useAssertion(tenant: string, jti: string, expiresAtMs: number, nowMs: number): Promise<boolean>;
}

/** Made once in a ledger and never changed. */
export interface HubIdentity {
  /** `urn:uuid:…`, the audience of every token and proof. */
  readonly id: string;
  /** 32 bytes behind the per-viewer handles. */
  readonly secret: Buffer;
  /** Private Ed25519 JWK that signs tokens and receipts. */
  readonly signingKey: unknown;
}
