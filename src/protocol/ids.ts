import { createHash, randomBytes } from 'node:crypto';
import { field } from './bytes.js';
import { ClaimprintError } from './errors.js';

/** An insurer's name at the hub. */
export type TenantId = string & { readonly __brand: 'TenantId' };

const TENANT_ID = /^[a-z0-9-]{3,40}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** @throws BAD_REQUEST if the text is no tenant id. */
export function parseTenantId(text: string): TenantId {
  if (!isTenantId(text)) {
    throw new ClaimprintError('BAD_REQUEST', 'A tenant id has 3 to 40 of a-z, 0-9 and hyphen, for example insurer-a.');
  }
  return text;
}

export function isTenantId(text: unknown): text is TenantId {
  return typeof text === 'string' && TENANT_ID.test(text);
}

export function isUuid(text: unknown): text is string {
  return typeof text === 'string' && UUID.test(text);
}

export function isUuidV7(text: unknown): text is string {
  return typeof text === 'string' && UUID_V7.test(text);
}

/** The time and counter of the newest id: ids grow within a process, also within a millisecond and if the clock steps back. */
let newest = { ms: 0, counter: 0 };

/**
 * A time-ordered random id (RFC 9562 §5.7, method 1: a counter behind the time); the idempotency key of a request.
 * The hub takes the order of a tenant's ids for the order of its requests.
 */
export function uuidV7(nowMs = Date.now()): string {
  if (nowMs > newest.ms) newest = { ms: nowMs, counter: randomBytes(2).readUInt16BE() & 0x3ff };
  else if (newest.counter === 0xfff) newest = { ms: newest.ms + 1, counter: 0 };
  else newest = { ms: newest.ms, counter: newest.counter + 1 };
  const bytes = randomBytes(16);
  bytes.writeUIntBE(newest.ms, 0, 6);
  bytes.writeUInt16BE(0x7000 | newest.counter, 6);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return formatUuid(bytes);
}

/** When such an id was made, in milliseconds since 1970. */
export function timeOfUuidV7(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
}

/** Makes all further ids of this process newer than this one, which an earlier process made. */
export function continueAfterUuidV7(uuid: string): void {
  const ms = timeOfUuidV7(uuid);
  const counter = Number.parseInt(uuid.slice(15, 18), 16);
  if (ms > newest.ms || (ms === newest.ms && counter > newest.counter)) newest = { ms, counter };
}

/** Another id for the same place in the order of a tenant's requests: for a request that says again what an old one said. */
export function uuidV7Beside(uuid: string): string {
  const bytes = randomBytes(16);
  Buffer.from(uuid.replaceAll('-', ''), 'hex').copy(bytes, 0, 0, 8);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return formatUuid(bytes);
}

/** Namespace of entry ids (a random UUID, fixed forever). */
const ENTRY_NAMESPACE = Buffer.from('6f0c1e0a8d2b4b5f9a6e3c7d51f2a4b8', 'hex');

/** The id of one's own entry: UUIDv5 (RFC 9562 §5.5) of tenant, reference and space, so a retry makes no second entry. */
export function ownEntryId(tenant: string, ref: Uint8Array, space: string): string {
  const hash = createHash('sha1')
    .update(ENTRY_NAMESPACE)
    .update(field(tenant))
    .update(field(ref))
    .update(field(space))
    .digest()
    .subarray(0, 16);
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return formatUuid(hash);
}

export function formatUuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
