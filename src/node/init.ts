import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { readSealKeys } from '../fingerprint/seal-key-file.js';
import { type DirectoryLock, tryLockDirectory } from '../platform/directory-lock.js';
import { jsonText } from '../platform/json-text.js';
import { DEFAULT_MODEL, loadManifest } from '../platform/manifest-file.js';
import { syncDirectory } from '../platform/sync-directory.js';
import { ClaimprintError } from '../protocol/errors.js';
import { parseTenantId, type TenantId } from '../protocol/ids.js';
import { generatePrivateJwk, importSigner, type PublicJwk, toPublicJwk } from '../protocol/keys.js';
import { requireDecision } from '../protocol/manifest.js';
import { parseHubAddress } from './hub-address.js';
import { PhotoRoots } from './intake/photo-roots.js';
import { type NodeFiles, type NodeSettings, nodeFiles, settingsLost } from './node-files.js';
import { readHubCertificates } from './trust-hub.js';

export interface InitOptions {
  readonly tenant: string;
  readonly hubUrl: string;
  /** The node may be given its key later (`seal-key request`, `seal-key import`). */
  readonly sealKeyFile?: string | undefined;
  /** Certificates that vouch for the hub (PEM); without it, those that the system trusts. */
  readonly hubCaFile?: string;
  /** Folders that photos may be read from, absolute; anywhere unless given. */
  readonly photosRoots?: readonly string[] | undefined;
  /** The model, by the name of its manifest; the default one unless given. */
  readonly model?: string | undefined;
  /** Where manifests are that were added on this machine. */
  readonly cacheDirectory?: string | undefined;
  /** Speak http to a hub that is not on this machine. */
  readonly allowPlainHttp?: boolean;
}

export interface InitResult {
  readonly tenant: TenantId;
  readonly publicKeyFile: string;
  readonly publicJwk: PublicJwk;
  /** Holds the token that the node's graph and gateway ask for. */
  readonly accessTokenFile: string;
}

/**
 * Makes a node: its key pair, secret, access token and a copy of the consortium's sealing key. The hub need not be up.
 * What a call that was killed has left is made anew.
 * @throws DATA_DIRECTORY_EXISTS if there is a node already, DATA_DIRECTORY_DAMAGED if there is one without its settings, DATA_DIRECTORY_IN_USE, BAD_REQUEST for a bad tenant id, address or root of photos,
 * NOT_READABLE or BAD_KEY_FILE for the sealing key or the hub's certificates; NOT_FOUND, MODEL_MISSING or NOT_FITTED for the
 * model
 */
export async function initNode(directory: string, options: InitOptions): Promise<InitResult> {
  const tenant = parseTenantId(options.tenant);
  const hubUrl = parseHubAddress(options.hubUrl, options.allowPlainHttp);
  const { sealKeyFile } = options;
  const [sealKey] = sealKeyFile === undefined ? [] : await readSealKeys(sealKeyFile);
  const hubCa = options.hubCaFile === undefined ? undefined : readHubCertificates(options.hubCaFile);
  const { photosRoots, model = DEFAULT_MODEL } = options;
  requireDecision(sealKey?.profile ?? 'plain', loadManifest(model, options.cacheDirectory));
  // Complains of what is no folder.
  if (photosRoots) new PhotoRoots(photosRoots);
  const files = nodeFiles(directory);
  refuseNode(directory, files);
  const settings: NodeSettings = {
    version: 1,
    tenant,
    node: randomUUID(),
    hubUrl,
    // What a key file of the first version does not say itself.
    seal: { profile: sealKey?.profile ?? 'rotated', epoch: sealKey?.epoch ?? 1 },
    model,
    ...(photosRoots && { photosRoots }),
  };
  let publicJwk: PublicJwk;
  let lock: DirectoryLock | undefined;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    lock = tryLockDirectory(directory);
    if (!lock) throw new ClaimprintError('DATA_DIRECTORY_IN_USE', `Another command is working on ${directory}.`);
    refuseNode(directory, files);
    // What a call that was killed has made. Nobody has seen its key, which is told at the end.
    const { privateKey, publicKey, secret, accessToken, hubCa: certificates, sealKey: copy } = files;
    for (const left of [privateKey, publicKey, secret, accessToken, certificates, copy])
      await rm(left, { force: true });
    publicJwk = await writeKeyPair(files);
    await writePrivate(files.secret, `${randomBytes(32).toString('base64url')}\n`);
    await writePrivate(files.accessToken, `${randomBytes(32).toString('base64url')}\n`);
    if (hubCa !== undefined) await writePrivate(files.hubCa, hubCa);
    if (sealKeyFile !== undefined) await writePrivate(files.sealKey, await readFile(sealKeyFile, 'utf8'));
    // The settings come last: a directory without them is no node.
    await writePrivate(files.settings, jsonText(settings));
    await syncDirectory(directory);
  } catch (cause) {
    if (cause instanceof ClaimprintError) throw cause;
    throw new ClaimprintError('NOT_READABLE', `The directory ${directory} cannot be written to.`, { cause });
  } finally {
    lock?.release();
  }
  return { tenant, publicKeyFile: files.publicKey, publicJwk, accessTokenFile: files.accessToken };
}

/** @throws DATA_DIRECTORY_EXISTS, DATA_DIRECTORY_DAMAGED */
function refuseNode(directory: string, files: NodeFiles): void {
  if (existsSync(files.settings)) {
    throw new ClaimprintError('DATA_DIRECTORY_EXISTS', `There is a node in ${directory} already; it is left as it is.`);
  }
  if (existsSync(files.store)) throw settingsLost(directory);
}

/** Makes a node's key pair, in the place of one that may be there. */
export async function writeKeyPair(files: Pick<NodeFiles, 'privateKey' | 'publicKey'>): Promise<PublicJwk> {
  const privateJwk = await generatePrivateJwk();
  const publicJwk = toPublicJwk(privateJwk);
  const { kid } = await importSigner(privateJwk);
  await rm(files.privateKey, { force: true });
  await writePrivate(files.privateKey, jsonText(privateJwk));
  await writeFile(files.publicKey, publicKeyText(publicJwk, kid), { mode: 0o644 });
  return publicJwk;
}

function writePrivate(path: string, text: string): Promise<void> {
  // The hub may know the key before the system would have written it by itself.
  return writeFile(path, text, { mode: 0o600, flag: 'wx', flush: true });
}

/** A public key as its file holds it. */
export function publicKeyText(publicJwk: PublicJwk, kid: string): string {
  return jsonText({ ...publicJwk, kid, use: 'sig', alg: 'EdDSA' });
}
