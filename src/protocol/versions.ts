import { ClaimprintError } from './errors.js';

/**
 * Versions of the protocol that this build speaks, oldest first. During an upgrade a hub speaks the newest and the one
 * before it, so that nodes move one by one; a version leaves this list when no node of the consortium needs it.
 */
export const PROTOCOL_VERSIONS = [1] as const;
export type ProtocolVersion = (typeof PROTOCOL_VERSIONS)[number];

export function isProtocolVersion(version: unknown): version is ProtocolVersion {
  return (PROTOCOL_VERSIONS as readonly unknown[]).includes(version);
}

/** What a side answers that was spoken to in a version it does not know. The version sent may be any byte. */
export function unsupportedVersion(version: number): ClaimprintError {
  return new ClaimprintError(
    'PROTOCOL_UNSUPPORTED',
    `Version ${version} of the protocol is not spoken here; supported: ${PROTOCOL_VERSIONS.join(', ')}.`,
  );
}

/**
 * The highest version that both sides speak.
 * @param offered what the hub announces: whole numbers from 1 on, in any order
 * @throws PROTOCOL_UNSUPPORTED, which says which side is to be upgraded, if there is none
 */
export function commonVersion(offered: readonly number[]): ProtocolVersion {
  const common = PROTOCOL_VERSIONS.filter((version) => offered.includes(version));
  if (common.length > 0) return Math.max(...common) as ProtocolVersion;
  const old = Math.max(...offered) < Math.min(...PROTOCOL_VERSIONS);
  throw new ClaimprintError(
    'PROTOCOL_UNSUPPORTED',
    `The hub speaks version ${list(offered)} of the protocol, this node version ${list(PROTOCOL_VERSIONS)}. ` +
      (old ? 'The hub is too old: ask its operator to upgrade it.' : 'This node is too old: upgrade it.') +
      ' What waits to be sent is kept.',
  );
}

function list(versions: readonly number[]): string {
  return [...versions].sort((a, b) => a - b).join(', ');
}
