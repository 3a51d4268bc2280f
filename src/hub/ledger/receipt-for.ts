import type { Operation } from '../../protocol/enums.js';
import type { Signer } from '../../protocol/jws.js';
import type { RequestProof } from '../../protocol/proof.js';
import { signReceipt } from '../../protocol/receipt.js';
import type { Appended } from './append.js';

export interface ReceiptedRequest {
  readonly proof: RequestProof;
  readonly timeMs: number;
}

/** Signs the receipt of a request once its place in the log is known. */
export function receiptFor(
  { hub, signer }: { readonly hub: string; readonly signer: Signer },
  operation: Operation,
  { proof, timeMs }: ReceiptedRequest,
): (appended: Appended) => Promise<string> {
  return ({ position, root }) =>
    signReceipt(
      {
        hub,
        tenant: proof.tenant,
        operation,
        jti: proof.jti,
        space: proof.space,
        digest: Buffer.from(proof.digest).toString('base64url'),
        count: proof.count,
        position,
        root: root.toString('base64url'),
        issuedAt: Math.floor(timeMs / 1000),
      },
      signer,
    );
}
