import { createHmac } from 'node:crypto';
import { field } from '../protocol/bytes.js';

/** The name of a photo in a claim at the hub, 32 bytes: without the node's secret it says nothing of either (WIRE.md). */
export function photoReference(secret: Uint8Array, claim: string, contentSha256: Uint8Array): Buffer {
  return createHmac('sha256', secret).update(field(claim)).update(field(contentSha256)).digest();
}

/** The name of a claim at the hub, 32 bytes. */
export function claimReference(secret: Uint8Array, claim: string): Buffer {
  return createHmac('sha256', secret).update(field(claim)).digest();
}
