import { type Checkpoint, signCheckpoint, verifyCheckpoint } from '../../../protocol/checkpoint.js';
import { ClaimprintError } from '../../../protocol/errors.js';
import { readError, type StoredLedger } from '../backup/stored-ledger.js';
import { type Damage, describeDamage } from './damage.js';
import { walkLedger } from './walk.js';

export interface Verification {
  readonly hub: string;
  readonly records: number;
  readonly entries: number;
  /** base64url */
  readonly root: string;
  readonly seconds: number;
  /** The hub's signed word on this very log, to be kept elsewhere; null for a damaged one. */
  readonly checkpoint: string | null;
  readonly damages: number;
  /** The first hundred, in the order of the log. */
  readonly damaged: readonly Damage[];
}

export interface VerifyOptions {
  /** A checkpoint kept elsewhere: a compact JWS, or the JSON that printed it. */
  readonly checkpoint?: string | undefined;
  readonly onProgress?: ((records: number, total: number) => void) | undefined;
}

/** Walks a whole ledger. Damage is a result, not an error, unless the file cannot be read. @throws CHECKPOINT_INVALID, BAD_REQUEST, LEDGER_CORRUPT */
export async function verifyLedger(stored: StoredLedger, options: VerifyOptions = {}): Promise<Verification> {
  const startedAt = performance.now();
  const { database, what, hub, keys, signer } = stored;
  await stored.requireText();
  const checkpoint = options.checkpoint === undefined ? undefined : await readKept(options.checkpoint, stored);
  const walked = await walkLedger(database, { hub, keys, checkpoint, onProgress: options.onProgress }).catch(
    (error) => {
      throw readError(error, what);
    },
  );
  const root = walked.root.toString('base64url');
  const issuedAt = Math.floor(Date.now() / 1000);
  const sound = walked.damageCount === 0;
  return {
    hub,
    records: walked.records,
    entries: walked.entries,
    root,
    seconds: Math.round(performance.now() - startedAt) / 1000,
    checkpoint: sound ? await signCheckpoint({ hub, size: walked.records, root, issuedAt }, signer) : null,
    damages: walked.damageCount,
    damaged: walked.damages,
  };
}

/** What is wrong, the first of it named. */
export function damageOf(
  what: string,
  { damages, damaged }: Pick<Verification, 'damages' | 'damaged'>,
): ClaimprintError {
  const more =
    damages > 1 ? ` ${damages - 1} more ${damages === 2 ? 'thing is' : 'things are'} wrong; --json lists them.` : '';
  return new ClaimprintError('LEDGER_CORRUPT', `${what} is damaged. ${describeDamage(damaged[0]!)}${more}`);
}

async function readKept(text: string, { hub, keys }: StoredLedger): Promise<Checkpoint> {
  const checkpoint = await verifyCheckpoint(compactOf(text.trim()), keys);
  if (checkpoint.hub !== hub) throw new ClaimprintError('BAD_REQUEST', 'The checkpoint is of another hub.');
  return checkpoint;
}

function compactOf(text: string): string {
  if (!text.startsWith('{')) return text;
  try {
    return String((JSON.parse(text) as { checkpoint?: unknown }).checkpoint);
  } catch {
    return text;
  }
}
