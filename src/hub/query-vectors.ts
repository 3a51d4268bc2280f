import { tileOffset, wholeOffset } from '../decision/query-offset.js';
import type { FindArguments } from '../protocol/digest.js';
import { ClaimprintError } from '../protocol/errors.js';
import { type EntryLeaf, MAX_OFFSET } from '../protocol/leaf.js';
import type { SpaceManifest } from '../protocol/manifest.js';
import { isOfEntry, isTile } from '../protocol/part-kinds.js';
import type { QueryVector } from './photo-search.js';
import { partVector, unitVector } from './unit-vector.js';

/** Offsets travel in millionths. */
const MILLION = 1_000_000;

/**
 * The vectors by which a photo that is sent along is looked for: the whole photo's and those of its tiles, each with its
 * offset, which the node computes and the hub clamps.
 * @throws BAD_ENTRY, BAD_REQUEST, BAD_VECTOR
 */
export function queryVectors(
  leaf: EntryLeaf,
  tileOffsets: FindArguments['tileOffsets'] = [],
  manifest: SpaceManifest,
  dimensions: number,
): QueryVector[] {
  const tiles = leaf.parts.filter(({ kind }) => isTile(kind));
  if (!leaf.parts.every(({ kind }) => isOfEntry(kind) || isTile(kind))) {
    throw new ClaimprintError('BAD_ENTRY', 'The entry has a part of an unknown kind.');
  }
  for (const part of leaf.parts) partVector(part, dimensions);
  if (tiles.length !== tileOffsets.length) {
    throw new ClaimprintError('BAD_REQUEST', 'A search has one offset for each tile of its entry.');
  }
  if (tileOffsets.some((offset) => !Number.isInteger(offset) || Math.abs(offset) > MAX_OFFSET)) {
    throw new ClaimprintError('BAD_REQUEST', `A tile's offset is a whole number of millionths, from -1 to 1.`);
  }
  return [
    wholeVector(leaf, manifest, dimensions),
    ...tiles.map((tile, i) => ({
      vector: partVector(tile, dimensions),
      offset: tileOffset(tileOffsets[i]! / MILLION, manifest),
    })),
  ];
}

/** The vector by which a photo that the hub holds is looked for. @throws BAD_VECTOR */
export function wholeVector(leaf: EntryLeaf, manifest: SpaceManifest, dimensions: number): QueryVector {
  return { vector: unitVector(leaf, dimensions), offset: wholeOffset(leaf.offset / MILLION, manifest) };
}
