import type { Operation } from '../protocol/enums.js';
import { ClaimprintError } from '../protocol/errors.js';
import type { TenantId } from '../protocol/ids.js';
import { unauthenticated } from '../protocol/jws.js';
import type { RequestProof } from '../protocol/proof.js';
import type { TokenScope } from '../protocol/token.js';

const SCOPE_OF: Readonly<Record<Operation, TokenScope>> = {
  submitEmbeddings: 'submit',
  findDuplicates: 'find',
  withdrawEntries: 'withdraw',
};

/** Who sent the request, as token and proof have shown. */
export interface Caller {
  readonly tenant: TenantId;
  readonly scopes: ReadonlySet<string>;
  /** There if the request carried one; its signature is checked, its digest not yet. */
  readonly proof: RequestProof | undefined;
}

/**
 * The proof that lets the caller do this.
 * @throws FORBIDDEN without the token scope; UNAUTHENTICATED without a proof for this operation
 */
export function requireProof({ scopes, proof }: Caller, operation: Operation): RequestProof {
  if (!scopes.has(SCOPE_OF[operation])) throw new ClaimprintError('FORBIDDEN', 'The token does not allow this.');
  if (proof?.operation !== operation) throw unauthenticated();
  return proof;
}

/** Insists that the proof was signed over exactly this content. @throws UNAUTHENTICATED */
export function requireContent(proof: RequestProof, digest: Uint8Array, count: number, space: string): void {
  if (Buffer.compare(proof.digest, digest) !== 0 || proof.count !== count || proof.space !== space) {
    throw unauthenticated();
  }
}
