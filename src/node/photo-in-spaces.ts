import type { Node } from './node.js';
import { leafOfPhoto } from './sealed-leaf.js';
import type { NodeSeal } from './seals/node-seal.js';
import type { SpaceSubject } from './search-spaces.js';
import type { PhotoRow } from './store/tables.js';

/**
 * Photos as they stand in the present space; where the move to that space has not come to one yet, as it stands in an
 * older one.
 * @param delivered the outbox had nothing left, so what waits there was moved since
 * @returns of each reference, in their order
 */
export async function presentRows(
  { store, seals }: Pick<Node, 'store' | 'seals'>,
  refs: readonly Buffer[],
  delivered: boolean,
): Promise<(PhotoRow | undefined)[]> {
  const bySpace = await Promise.all(seals.inUse.map(({ space }) => store.photos.findAll(refs, space)));
  return refs.map((ref) => {
    const [present, ...older] = bySpace.map((rows) => rows.get(ref.toString('hex')));
    const isBeingMoved = present === undefined || (present.state === 'QUEUED' && delivered);
    return (isBeingMoved && older.find((row) => row !== undefined)) || present;
  });
}

/** What to search for in a space where a photo is, or where it will be once it is moved there. */
export async function subjectIn(
  { space, sealer }: NodeSeal,
  ref: Buffer,
  { store, pipeline }: Pick<Node, 'store' | 'pipeline'>,
): Promise<SpaceSubject> {
  const photo = await store.photos.find(ref, space);
  if (photo?.state === 'SUBMITTED') return { reference: ref };
  if (photo?.refusal === 'SPACE_RETIRED') return 'CLOSED';
  const waiting = photo ?? (await store.photos.newestOf(ref));
  if (!waiting || (photo && photo.state !== 'QUEUED') || waiting.state === 'WITHDRAWN') return 'NOT_THERE';
  const fingerprint = await store.fingerprints.find(waiting.content, pipeline);
  return fingerprint ? { leaf: leafOfPhoto(waiting, fingerprint, sealer()) } : 'NOT_THERE';
}
