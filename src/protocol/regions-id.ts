import { createHash } from 'node:crypto';
import { type Evidence, evidenceRuleFor, type RegionMaps } from './evidence.js';
import { EVIDENCE_REGIONS } from './part-kinds.js';
import type { SealProfile } from './space.js';

/** Counts the ways from a map to a region's vector that releases of Claimprint have had. */
const VERSION = 1;
const known = new WeakMap<RegionMaps, string>();

/**
 * Names what the vectors of regions are made of, 16 hex digits: those of two photos may be compared only if theirs are
 * equal, in one space too.
 */
export function regionsId(maps: RegionMaps): string {
  const id = known.get(maps) ?? digestOf(maps);
  known.set(maps, id);
  return id;
}

/** By what vectors of regions kinds are told of photos sealed in a profile; undefined if by none. */
export function regionsIdFor(profile: SealProfile, evidence: Evidence | undefined): string | undefined {
  return evidence && evidenceRuleFor(profile, evidence) && regionsId(evidence.regions);
}

function digestOf({ content, texture }: RegionMaps): string {
  const said = [
    VERSION,
    EVIDENCE_REGIONS.map(({ row, column }) => [row, column]),
    [content.features, content.stride, content.exponent, content.weight, content.bias],
    [texture.features, texture.stride, texture.exponent, texture.mean, texture.deviation],
  ];
  return createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 16);
}
