import { OPERATIONS, type Operation } from './enums.js';
import { ClaimprintError } from './errors.js';
import { integerClaim, type KeySet, type Signer, signJws, spaceClaim, stringClaim, verifyJws } from './jws.js';

/** The hub's signed word that a submission or withdrawal is in its log (`typ: claimprint-receipt+jwt`). */
export interface Receipt {
  readonly hub: string;
  readonly tenant: string;
  readonly operation: Operation;
  readonly jti: string;
  /** Space id; empty for a withdrawal in every space. */
  readonly space: string;
  /** base64url */
  readonly digest: string;
  readonly count: number;
  /** Index of the record in the Merkle log. */
  readonly position: number;
  /** Root of the log with this record as its last, base64url. */
  readonly root: string;
  readonly issuedAt: number;
}

export function signReceipt(receipt: Receipt, signer: Signer): Promise<string> {
  const claims = {
    iss: receipt.hub,
    sub: receipt.tenant,
    op: receipt.operation,
    jti: receipt.jti,
    space: receipt.space,
    dig: receipt.digest,
    n: receipt.count,
    pos: receipt.position,
    root: receipt.root,
    iat: receipt.issuedAt,
  };
  return signJws('claimprint-receipt+jwt', claims, signer);
}

/** @throws RECEIPT_INVALID unless one of these hub keys signed it */
export async function verifyReceipt(text: string, keys: KeySet): Promise<Receipt> {
  try {
    const { claims } = await verifyJws(text, 'claimprint-receipt+jwt', keys);
    return {
      hub: stringClaim(claims, 'iss'),
      tenant: stringClaim(claims, 'sub'),
      operation: OPERATIONS.find((name) => name === claims.op)!,
      jti: stringClaim(claims, 'jti'),
      space: spaceClaim(claims),
      digest: stringClaim(claims, 'dig'),
      count: integerClaim(claims, 'n'),
      position: integerClaim(claims, 'pos'),
      root: stringClaim(claims, 'root'),
      issuedAt: integerClaim(claims, 'iat'),
    };
  } catch (cause) {
    throw new ClaimprintError('RECEIPT_INVALID', "The hub's receipt is not signed by the hub's known key.", { cause });
  }
}
