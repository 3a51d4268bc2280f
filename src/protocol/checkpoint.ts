import { decodeCanonical } from './bytes.js';
import { ClaimprintError } from './errors.js';
import { integerClaim, type KeySet, type Signer, signJws, stringClaim, unauthenticated, verifyJws } from './jws.js';

/** The hub's signed word on how its log began: its first `size` records have this root (`typ: claimprint-checkpoint+jwt`). */
export interface Checkpoint {
  readonly hub: string;
  /** Number of records. */
  readonly size: number;
  /** Merkle tree hash over the first `size` records, base64url. */
  readonly root: string;
  readonly issuedAt: number;
}

const ROOT_BYTES = 32;

export function signCheckpoint({ hub, size, root, issuedAt }: Checkpoint, signer: Signer): Promise<string> {
  return signJws('claimprint-checkpoint+jwt', { iss: hub, size, root, iat: issuedAt }, signer);
}

/** @throws CHECKPOINT_INVALID unless one of these hub keys signed it */
export async function verifyCheckpoint(text: string, keys: KeySet): Promise<Checkpoint> {
  try {
    const { claims } = await verifyJws(text, 'claimprint-checkpoint+jwt', keys);
    const root = stringClaim(claims, 'root');
    if (decodeCanonical(root, 'base64url')?.length !== ROOT_BYTES) throw unauthenticated();
    return {
      hub: stringClaim(claims, 'iss'),
      size: integerClaim(claims, 'size'),
      root,
      issuedAt: integerClaim(claims, 'iat'),
    };
  } catch (cause) {
    throw new ClaimprintError('CHECKPOINT_INVALID', "The checkpoint is not signed by the hub's known key.", { cause });
  }
}
