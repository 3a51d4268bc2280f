import { type PhotoRegions, wholeScore } from '../decision/region-features.js';
import { tellKind } from '../decision/tell-kind.js';
import { ClaimprintError } from '../protocol/errors.js';
import { type EvidenceRule, evidenceRuleFor, type MatchKind } from '../protocol/evidence.js';
import { decodeLeaf, type EntryLeaf } from '../protocol/leaf.js';
import type { SpaceManifest } from '../protocol/manifest.js';
import { CONTENT_KINDS, TEXTURE_KINDS } from '../protocol/part-kinds.js';
import { parseSpaceId } from '../protocol/space.js';
import type { Ledger } from './ledger/ledger.js';
import type { FoundMatch } from './match.js';
import { wholeVector } from './query-vectors.js';
import { dimensionsOf } from './spaces.js';
import { partVector } from './unit-vector.js';

/** What a photo that is looked for shows of itself beyond its whole, and the rule to judge it by. */
export interface QueryEvidence {
  readonly regions: PhotoRegions;
  readonly rule: EvidenceRule;
  /**
   * What the whole photos must score for the rule to say anything: it was fitted on such pairs. A tile finds others, of which
   * the whole photo, a collage perhaps, has most of its regions elsewhere.
   */
  readonly leastScore: number;
  readonly manifest: SpaceManifest;
  readonly dimensions: number;
}

export interface KindOfMatch {
  readonly kind: MatchKind | null;
  /** Own entries only. */
  readonly evidence: number | undefined;
}

export const UNKNOWN_KIND: KindOfMatch = { kind: null, evidence: undefined };

/**
 * @returns undefined if the space has no rule, or none for vectors so sealed, or the photo came without regions
 * @throws BAD_VECTOR
 */
export function queryEvidence(
  leaf: EntryLeaf,
  { space, review, tiles }: Readonly<{ space: string; review: number; tiles: boolean }>,
  manifest: SpaceManifest,
): QueryEvidence | undefined {
  const rule = evidenceRuleFor(parseSpaceId(space).profile, manifest.evidence);
  if (!rule) return undefined;
  const dimensions = dimensionsOf(space, manifest);
  const regions = regionsOf(leaf, manifest, dimensions);
  // Without tiles the index has said so, by rounded vectors perhaps.
  return regions && { regions, rule, leastScore: tiles ? review : Number.NEGATIVE_INFINITY, manifest, dimensions };
}

/**
 * What kind of match each is, from the leaves that the ledger holds: of matches that are told anyway, and of no others.
 * Of an entry of another insurer the kind alone is told, and only with a match that its query budget counts: the number
 * behind it would let a curious insurer climb to the entry's vectors.
 */
export async function kindsOf(
  ledger: Pick<Ledger, 'leaves'>,
  query: QueryEvidence | undefined,
  shown: readonly { readonly hit: { readonly id: string }; readonly match: FoundMatch }[],
): Promise<ReadonlyMap<string, KindOfMatch>> {
  if (!query) return new Map();
  const told = shown.filter(({ match }) => match.decision !== 'NONE');
  const leaves = await ledger.leaves(told.map(({ hit }) => hit.id));
  const kindOf = ({ hit, match }: (typeof told)[number]): KindOfMatch => {
    const leaf = leaves.get(hit.id);
    const regions = leaf && storedRegions(leaf, query);
    if (!regions || wholeScore(query.regions, regions) < query.leastScore) return UNKNOWN_KIND;
    const { kind, score } = tellKind(query.regions, regions, query.rule);
    return { kind, evidence: match.scope === 'OWN' ? score : undefined };
  };
  return new Map(told.map((each) => [each.hit.id, kindOf(each)]));
}

/** As {@link regionsOf}; a leaf that is damaged on disk must not fail the search of another insurer. */
function storedRegions(
  leaf: Uint8Array,
  { manifest, dimensions }: Pick<QueryEvidence, 'manifest' | 'dimensions'>,
): PhotoRegions | undefined {
  try {
    return regionsOf(decodeLeaf(leaf), manifest, dimensions);
  } catch (error) {
    if (error instanceof ClaimprintError) return undefined;
    throw error;
  }
}

/** @returns undefined if the leaf lacks a region */
function regionsOf(leaf: EntryLeaf, manifest: SpaceManifest, dimensions: number): PhotoRegions | undefined {
  const vectorsOf = (kinds: readonly number[]) =>
    kinds.flatMap((kind) => {
      const part = leaf.parts.find((each) => each.kind === kind);
      return part ? [partVector(part, dimensions)] : [];
    });
  const [content, texture] = [vectorsOf(CONTENT_KINDS), vectorsOf(TEXTURE_KINDS)];
  if (content.length < CONTENT_KINDS.length || texture.length < TEXTURE_KINDS.length) return undefined;
  const { vector, offset } = wholeVector(leaf, manifest, dimensions);
  return { whole: vector, offset, content, texture };
}
