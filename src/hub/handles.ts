import { createHmac } from 'node:crypto';
import { field } from '../protocol/bytes.js';

/** Names under which one viewer sees what is not its own, so that members cannot link what they see. */
export class Handles {
  private readonly secret: Buffer;

  constructor(secret: Buffer) {
    this.secret = secret;
  }

  /** Id of a foreign entry for one viewer: 43 characters of base64url. */
  entry(viewer: string, entryId: string): string {
    return this.hmac('entry', viewer, entryId).toString('base64url');
  }

  /** Handle of a foreign tenant for one viewer. */
  tenant(viewer: string, tenant: string): string {
    return `member-${this.hmac('tenant', viewer, tenant).toString('hex').slice(0, 12)}`;
  }

  private hmac(kind: string, viewer: string, subject: string): Buffer {
    return createHmac('sha256', this.secret).update(field(kind)).update(field(viewer)).update(field(subject)).digest();
  }
}
