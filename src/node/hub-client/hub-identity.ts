import { hubUnavailable } from '../../platform/hub-response.js';
import { ClaimprintError } from '../../protocol/errors.js';
import type { KeySet } from '../../protocol/jws.js';
import { followEndorsements } from '../../protocol/key-endorsement.js';
import { fingerprintOf, importPublicJwk } from '../../protocol/keys.js';
import { commonVersion, type ProtocolVersion } from '../../protocol/versions.js';
import { exchange } from './hub-http.js';
import type { PinKeeper } from './hub-pin.js';
import { checkIssuer, issuerOf, type TokenIssuer } from './token-issuer.js';

/** One a month for eighty years. */
const MAX_HUB_KEYS = 1_000;

export interface HubIdentity {
  readonly tokens: TokenIssuer;
  /** The hub's id, the audience of everything signed for it. */
  readonly hub: string;
  /** The keys that sign its receipts. */
  readonly keys: KeySet;
  /** The version of the protocol that node and hub speak with each other: the highest that both know. */
  readonly version: ProtocolVersion;
}

/**
 * Asks the hub who it is. The first answer is remembered (trust on first use); another one later is refused.
 * The addresses below the hub's are fixed by the protocol; only to an outside issuer of tokens can an answer lead the node,
 * and to no other one later.
 * @throws HUB_UNAVAILABLE, HUB_CHANGED, ISSUER_CHANGED, PROTOCOL_UNSUPPORTED
 */
export async function discoverHub(hubUrl: string, pins: PinKeeper, timeoutMs?: number): Promise<HubIdentity> {
  const metadata = (await readJson(`${hubUrl}/.well-known/claimprint`, timeoutMs)) as {
    hub?: unknown;
    protocolVersions?: unknown;
    keyEndorsements?: unknown;
    issuer?: unknown;
    tokenEndpoint?: unknown;
  };
  const jwks = (await readJson(`${hubUrl}/.well-known/jwks.json`, timeoutMs)) as { keys?: unknown };
  const { hub, protocolVersions, keyEndorsements } = metadata;
  if (typeof hub !== 'string' || !hub.startsWith('urn:uuid:') || !Array.isArray(jwks.keys)) throw notAHub();
  if (jwks.keys.length === 0 || jwks.keys.length > MAX_HUB_KEYS) throw notAHub();
  const version = commonVersion(versionsOf(protocolVersions));
  const keys = new Map(
    await Promise.all(
      jwks.keys.map(async (jwk) => {
        const { kid, key } = await importPublicJwk(jwk);
        return [kid, key] as const;
      }),
    ),
  );
  await checkPin(pins, hub, keys, textsOf(keyEndorsements));
  const tokens = issuerOf(metadata, hub, hubUrl);
  await checkIssuer(pins, hub, tokens);
  return { hub, keys, version, tokens };
}

/** What a hub announces: at least one version, each a number from 1 to 255. More than that is no announcement of a hub. */
function versionsOf(announced: unknown): number[] {
  const versions = Array.isArray(announced) ? announced : [];
  const sound = versions.every((version) => Number.isInteger(version) && version >= 1 && version <= 255);
  if (versions.length === 0 || versions.length > 255 || !sound) throw notAHub();
  return versions;
}

/** A hub that has had one key only endorses none, and an older one does not know of endorsements. */
function textsOf(announced: unknown): string[] {
  return Array.isArray(announced) ? announced.filter((text) => typeof text === 'string') : [];
}

/** Every key that the hub shows must be one that is pinned, or that such a key endorses; then it is pinned too. */
async function checkPin(pins: PinKeeper, hub: string, keys: KeySet, endorsements: readonly string[]): Promise<void> {
  const pinned = await pins.read();
  const shown = [...keys.keys()];
  // No keys: someone has said that this hub has new ones (`node restore --forget-hub-keys`).
  if (!pinned || (pinned.hub === hub && pinned.keys.length === 0)) {
    return pins.save({ ...pinned, hub, keys: shown.sort() });
  }
  const known = new Set(pinned.keys);
  const trusted = pinned.hub === hub ? await followEndorsements(keys, known, endorsements, hub) : undefined;
  if (!trusted) throw hubChanged('its id is another');
  const stranger = shown.find((kid) => !trusted.has(kid));
  if (stranger !== undefined) {
    throw hubChanged(`it shows the key ${fingerprintOf(stranger)}, which no key that this node knows has endorsed`);
  }
  // What was trusted stays so: a hub that was set back shows fewer keys.
  if (shown.every((kid) => known.has(kid))) return;
  await pins.save({ ...pinned, keys: [...new Set([...known, ...shown])].sort() });
}

function hubChanged(why: string): ClaimprintError {
  return new ClaimprintError(
    'HUB_CHANGED',
    `The hub at this address is not the one this node has met before: ${why}. Ask its operator.`,
  );
}

async function readJson(url: string, timeoutMs: number | undefined): Promise<object> {
  const { status, json } = await exchange(url, {}, timeoutMs);
  if (status >= 500) throw hubUnavailable();
  if (status !== 200 || typeof json !== 'object' || json === null) throw notAHub();
  return json;
}

function notAHub(): ClaimprintError {
  return new ClaimprintError('HUB_UNAVAILABLE', 'What answers at the hub’s address is not a Claimprint hub.');
}
