import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeCanonical } from '../protocol/bytes.js';
import { ClaimprintError } from '../protocol/errors.js';
import { isTenantId, type TenantId } from '../protocol/ids.js';
import { SEAL_PROFILES, type SealProfile } from '../protocol/space.js';

/** What lies where in a node's data directory; everything but the public key is for its owner's eyes only (0600). */
export function nodeFiles(directory: string) {
  const at = (name: string) => join(directory, name);
  return {
    settings: at('node.json'),
    privateKey: at('node-key.jwk.json'),
    publicKey: at('public-key.jwk.json'),
    /** There while a key is being replaced. */
    keyRotation: at('key-rotation.json'),
    secret: at('node-secret'),
    sealKey: at('seal-key.json'),
    /** Certificates that vouch for the hub; there if the node was made with them. */
    hubCa: at('hub-ca.pem'),
    handoverKey: at('handover-key.jwk.json'),
    accessToken: at('access-token'),
    store: at('node.sqlite'),
  };
}

export type NodeFiles = ReturnType<typeof nodeFiles>;

/** `node.json`: what a node is, fixed when it is made. */
export interface NodeSettings {
  readonly version: 1;
  readonly tenant: TenantId;
  /** UUID of this node; a tenant may run several. */
  readonly node: string;
  /** The hub's address without a slash at the end. */
  readonly hubUrl: string;
  readonly seal: { readonly profile: SealProfile; readonly epoch: number };
  /** Name of the manifest whose space its photos belong to; the default one if not there. */
  readonly model?: string | undefined;
  /** Folders that photos may be read from, unless a start says others; from anywhere if not there. */
  readonly photosRoots?: readonly string[] | undefined;
}

/**
 * Reads a node's settings.
 * @throws DATA_DIRECTORY_MISSING if there is no node in the directory, DATA_DIRECTORY_DAMAGED if there is one without its settings,
 *   BAD_REQUEST if these are damaged
 */
export function readNodeSettings(directory: string): NodeSettings {
  let text: string;
  try {
    text = readFileSync(nodeFiles(directory).settings, 'utf8');
  } catch (cause) {
    const missing = ['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '');
    if (missing && existsSync(nodeFiles(directory).store)) throw settingsLost(directory);
    throw missing
      ? new ClaimprintError(
          'DATA_DIRECTORY_MISSING',
          `There is no node in ${directory}; \`claimprint node init\` makes one.`,
        )
      : new ClaimprintError('NOT_READABLE', `The node in ${directory} cannot be read.`, { cause });
  }
  const settings = parse(text);
  if (!settings) throw new ClaimprintError('BAD_REQUEST', `The file node.json in ${directory} is damaged.`);
  return settings;
}

/** A node that has worked, but is not known any more for which insurer and hub. */
export function settingsLost(directory: string): ClaimprintError {
  return new ClaimprintError(
    'DATA_DIRECTORY_DAMAGED',
    `The node in ${directory} has lost its file node.json; restore it from a backup.`,
  );
}

function parse(text: string): NodeSettings | undefined {
  try {
    const { version, tenant, node, hubUrl, seal, model, photosRoots } = JSON.parse(text);
    const sound =
      version === 1 &&
      isTenantId(tenant) &&
      typeof node === 'string' &&
      URL.canParse(hubUrl) &&
      SEAL_PROFILES.includes(seal?.profile) &&
      Number.isInteger(seal.epoch) &&
      (model === undefined || typeof model === 'string') &&
      (photosRoots === undefined || isListOfTexts(photosRoots));
    const { profile, epoch } = seal;
    return sound ? { version, tenant, node, hubUrl, seal: { profile, epoch }, model, photosRoots } : undefined;
  } catch {
    return undefined;
  }
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

/** @throws BAD_KEY_FILE if the file is not JSON, NOT_READABLE if it cannot be read. */
export function readJsonFile(path: string): unknown {
  const text = readSecretText(path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ClaimprintError('BAD_KEY_FILE', `${path} is damaged.`, { cause });
  }
}

/** Reads 32 bytes written as base64url. @throws BAD_KEY_FILE, NOT_READABLE */
export function readSecret(path: string): Buffer {
  const bytes = decodeCanonical(readSecretText(path), 'base64url');
  if (bytes?.length !== 32) throw new ClaimprintError('BAD_KEY_FILE', `${path} is damaged.`);
  return bytes;
}

/** @throws NOT_READABLE */
export function readSecretText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new ClaimprintError('NOT_READABLE', `${path} cannot be read.`, { cause });
  }
}
