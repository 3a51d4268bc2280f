/** What the vectors of a leaf are of, by their kind (WIRE.md); 0 is the whole photo. */

/** Regions 1 to 9, of entries and searches alike. */
const LAST_REGION = 9;
/** Tiles of a photo that is looked for, in searches only. */
export const FIRST_TILE = 10;
export const MAX_TILES = 5;

export function isTile(kind: number): boolean {
  return kind >= FIRST_TILE && kind < FIRST_TILE + MAX_TILES;
}

/** Whether an entry may have such a part. */
export function isOfEntry(kind: number): boolean {
  return kind <= LAST_REGION;
}
