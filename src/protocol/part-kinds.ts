import { encodedLength } from './vector.js';

/** What the vectors of a leaf are of, by their kind (WIRE.md); 0 is the whole photo. */

/** Regions of half the width and height, of entries and searches alike: in a grid of three rows and columns. */
const FIRST_REGION = 1;
const LAST_REGION = 9;
/** The same regions by their texture. */
const FIRST_TEXTURE = 15;
const LAST_TEXTURE = 23;
/** Tiles of a photo that is looked for, in searches only. */
export const FIRST_TILE = 10;
export const MAX_TILES = 5;

export function isTile(kind: number): boolean {
  return kind >= FIRST_TILE && kind < FIRST_TILE + MAX_TILES;
}

/** Whether an entry may have such a part. */
export function isOfEntry(kind: number): boolean {
  return kind <= LAST_REGION || (kind >= FIRST_TEXTURE && kind <= LAST_TEXTURE);
}

/** The regions that are evidence, of the grid's nine: the corners and the centre. Rows and columns from 0. */
export const EVIDENCE_REGIONS = [
  { row: 0, column: 0 },
  { row: 0, column: 2 },
  { row: 1, column: 1 },
  { row: 2, column: 0 },
  { row: 2, column: 2 },
] as const;

/** The kinds of their vectors, ascending: of each by its content, then of each by its texture. */
export const CONTENT_KINDS = EVIDENCE_REGIONS.map(({ row, column }) => FIRST_REGION + row * 3 + column);
export const TEXTURE_KINDS = EVIDENCE_REGIONS.map(({ row, column }) => FIRST_TEXTURE + row * 3 + column);

/** How their numbers travel, and how a node keeps them: they are compared with one another, to two digits. */
export const REGION_ENCODING = 'int8';

/** Bytes that a photo's regions add to a leaf, by the numbers in a sealed vector. */
export function regionBytes(dimensions: number): number {
  const headerBytes = 6;
  return (CONTENT_KINDS.length + TEXTURE_KINDS.length) * (headerBytes + encodedLength(REGION_ENCODING, dimensions));
}

/** Whether a part is none that is searched by, but tells what kind of match an entry is. */
export function isEvidence(kind: number): boolean {
  return kind !== 0 && isOfEntry(kind);
}

/** What a part's vector is of, in words. */
export function nameOfPart(kind: number): string {
  if (kind === 0) return 'whole photo';
  if (isTile(kind)) return `tile ${kind - FIRST_TILE + 1}`;
  return kind < FIRST_TEXTURE ? `region ${kind - FIRST_REGION + 1}` : `texture of region ${kind - FIRST_TEXTURE + 1}`;
}
