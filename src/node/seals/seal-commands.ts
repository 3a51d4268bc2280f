import type { SealKey } from '../../fingerprint/seal-key.js';
import { parseSealKeys } from '../../fingerprint/seal-key-file.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { openSealKeys, sealKeysFor } from './handover-file.js';
import { type HandoverRequest, handoverKey, handoverRequest, importReceiver } from './handover-key.js';
import type { NodeSeals } from './node-seals.js';

/** A node, or its data directory while it does not run. */
export interface SealHolder {
  readonly directory: string;
  readonly seals: NodeSeals;
  /** Gets to work with what has changed. */
  readonly sealsChanged?: () => Promise<void>;
}

/** What may be shown of a sealing key. */
export interface SealKeyDescription {
  readonly profile: string;
  readonly epoch: number;
  readonly keyCheck: string;
}

export interface SealKeyExport {
  /** The content of the file to send. */
  readonly text: string;
  /** Of the receiver's key, to be compared with what the receiver reads out. */
  readonly fingerprint: string;
  readonly keys: readonly SealKeyDescription[];
}

export interface SealKeyImport {
  /** What came: the newest epoch first. */
  readonly keys: readonly SealKeyDescription[];
  /** How many of them this node did not have. */
  readonly added: number;
}

/** Asks for, hands over and takes sealing keys. Arguments and results are plain JSON. */
export const sealCommands = {
  sealKeyRequest: ({ directory }: SealHolder): Promise<HandoverRequest> => handoverRequest(directory),

  sealKeyShow: async ({ seals }: SealHolder): Promise<SealKeyDescription> => describe(seals.newest.key),

  sealKeyExport: async ({ seals }: SealHolder, { to }: { to: unknown }): Promise<SealKeyExport> => {
    // Without a key there is nothing to hand over.
    void seals.newest;
    return exportSealKeys(seals.keys, to);
  },

  sealKeyImport: async (
    { directory, seals, sealsChanged }: SealHolder,
    { text, keyCheck }: { text: string; keyCheck?: string },
  ): Promise<SealKeyImport> => {
    const keys = parseSealKeys(text) ?? (await openSealKeys(text, () => handoverKey(directory)));
    if (keyCheck !== undefined && keyCheck.toLowerCase() !== keys[0]!.keyCheck) {
      const message = `The key check is ${keys[0]!.keyCheck}, not ${keyCheck}: this is not the key that was meant. Nothing was taken.`;
      throw new ClaimprintError('SEAL_KEY_MISMATCH', message);
    }
    const added = await seals.add(keys);
    if (added.length > 0) await sealsChanged?.();
    return { keys: keys.map(describe), added: added.length };
  },
};

/** Encrypts keys to the node whose request this is. @param to a public JWK @throws BAD_KEY_FILE */
export async function exportSealKeys(keys: readonly SealKey[], to: unknown): Promise<SealKeyExport> {
  const receiver = await importReceiver(to);
  return { text: await sealKeysFor(receiver, keys), fingerprint: receiver.fingerprint, keys: keys.map(describe) };
}

function describe({ profile, epoch, keyCheck }: SealKey): SealKeyDescription {
  return { profile, epoch, keyCheck };
}
