import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createSecureContext } from 'node:tls';
import { ClaimprintError } from '../protocol/errors.js';
import { type NodeFiles, type NodeSettings, readSecretText } from './node-files.js';

const load = createRequire(import.meta.url);

/**
 * Reads the certificates of those that vouch for the hub (PEM).
 * @throws NOT_READABLE; BAD_KEY_FILE if there is none in the file
 */
export function readHubCertificates(path: string): string {
  const pem = readSecretText(path);
  try {
    if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new TypeError('no certificate');
    createSecureContext({ ca: pem });
  } catch (cause) {
    throw new ClaimprintError('BAD_KEY_FILE', `${path} holds no certificate in PEM.`, { cause });
  }
  return pem;
}

/** Trusts the certificates that a node was made with, if it was: see {@link trustHubCertificates}. @throws as {@link readHubCertificates} */
export function trustHubOf({ hubCa }: Pick<NodeFiles, 'hubCa'>, { hubUrl }: Pick<NodeSettings, 'hubUrl'>): void {
  if (existsSync(hubCa)) trustHubCertificates(readHubCertificates(hubCa), new URL(hubUrl).origin);
}

/**
 * From now on, whatever this process fetches from the hub over https must be vouched for by these certificates, and by no
 * others. Elsewhere, at an outside issuer of tokens, the system's trust holds.
 */
function trustHubCertificates(pem: string, hubOrigin: string): void {
  const { Agent, Pool, setGlobalDispatcher } = load('undici') as typeof import('undici');
  const isHub = (origin: string | URL) => new URL(origin).origin === hubOrigin;
  const factory = (origin: string | URL, options: object) =>
    new Pool(origin, isHub(origin) ? { ...options, connect: { ca: pem } } : options);
  setGlobalDispatcher(new Agent({ factory }));
}
