import { MIN_PDQ_QUALITY, type SignalName } from '../decision/signal-rules.js';
import { hammingDistance } from '../fingerprint/hashes/hash-bits.js';
import { HASH_BITS, HASH_NAMES, type HashName } from '../fingerprint/hashes/hash-photo.js';
import { matchTemplates } from '../fingerprint/template-match.js';
import { scoreWithout } from './pair-scores.js';
import type { PrintedPhoto, PrintedVector, SignalPrint } from './signal-prints.js';

/** The signals that compare photos: the model and what stands beside it. */
export type ComparedBy = 'model' | SignalName;

/**
 * Distances, 0 to 1, of a photo to another that it may be a copy of, by every signal that both have something to show for.
 * @param score the model's
 */
export function signalDistances(score: number, a: SignalPrint, b: SignalPrint): Partial<Record<ComparedBy, number>> {
  const distances: Partial<Record<ComparedBy, number>> = {
    model: similarityToDistance(score),
  };
  for (const name of HASH_NAMES) {
    const distance = hashDistance(name, a, b);
    if (distance !== undefined) distances[name] = distance;
  }
  distances.template = similarityToDistance(matchTemplates(a.template, b.template));
  return distances;
}

/** A photo or a copy of it, held against a photo. */
export interface PrintedPair {
  readonly query: PrintedVector;
  /** What the query is, or is a copy of. */
  readonly photo: PrintedPhoto;
  readonly other: PrintedPhoto;
}

/** The distances of a pair; neither photo counts in the background by which the model compares them, as in the fit of its own thresholds. */
export function fittedDistances({ query, photo, other }: PrintedPair): Partial<Record<ComparedBy, number>> {
  const { original, plain } = other;
  return signalDistances(scoreWithout(query, original.embedding, [photo.plain, plain]), query, original);
}

/** Similarities from 1 down to 0, and anything below, as distances from 0 to 1. */
export function similarityToDistance(similarity: number): number {
  return Math.min(1, Math.max(0, 1 - similarity));
}

/** Share of bits that differ; undefined where a hash is missing or says too little. */
function hashDistance(name: HashName, a: SignalPrint, b: SignalPrint): number | undefined {
  const [first, second] = [a.hashes[name], b.hashes[name]];
  if (first === undefined || second === undefined) return undefined;
  if (name === 'pdq' && Math.min(a.pdqQuality, b.pdqQuality) < MIN_PDQ_QUALITY) return undefined;
  return hammingDistance(first, second) / HASH_BITS[name];
}
