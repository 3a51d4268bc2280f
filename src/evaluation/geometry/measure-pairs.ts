import { availableParallelism } from 'node:os';
import { GeometryComparer } from '../../fingerprint/geometry/geometry-comparer.js';
import type { ViewedPhoto } from '../../fingerprint/geometry/grey-picture.js';
import type { GeometryMeasures } from '../../fingerprint/geometry/measure-geometry.js';
import { limitConcurrency } from '../../fingerprint/limit-concurrency.js';
import { toClaimprintError } from '../../protocol/errors.js';
import type { FailedPhoto } from '../named-photo.js';
import type { PhotoFile } from './geometry-photos.js';

interface PairToMeasure {
  readonly query: PhotoFile;
  readonly entry: PhotoFile;
  /** Pairs of one have photos in common. */
  readonly group: string;
}

export type MeasuredPair<Pair> = Pair & { readonly measures: GeometryMeasures };

export interface MeasuredPairs<Pair> {
  /** In their order, but for those that could not be measured. */
  readonly pairs: readonly MeasuredPair<Pair>[];
  readonly failed: readonly FailedPhoto[];
  /** CPU time of a pair on average, without decoding. */
  readonly cpuMs: number;
}

/** Decoded photos that are kept at once: a third of a megabyte each. */
const MAX_VIEWS = 64;

/** Compares all pairs by points and pixels, on all cores: the pairs of a group one after the other, so that no photo is decoded for each anew. */
export async function measurePairs<Pair extends PairToMeasure>(
  pairs: readonly Pair[],
  onProgress?: (done: number, total: number) => void,
): Promise<MeasuredPairs<Pair>> {
  const groups = new Map<string, Pair[]>();
  for (const pair of pairs) groups.set(pair.group, [...(groups.get(pair.group) ?? []), pair]);
  // The largest first: none is left over at the end.
  const work = [...groups.values()].sort((a, b) => b.length - a.length);
  const comparers = Array.from({ length: Math.min(availableParallelism(), work.length) }, () => new GeometryComparer());
  const free = [...comparers];
  const limited = limitConcurrency(Math.max(1, comparers.length));
  const measured = new Map<Pair, GeometryMeasures>();
  const failed = new Map<string, FailedPhoto>();
  let done = 0;
  const before = process.cpuUsage();
  try {
    onProgress?.(0, pairs.length);
    const measureGroup = async (members: readonly Pair[]) => {
      const comparer = free.pop()!;
      const view = viewer(comparer);
      for (const pair of members) {
        const measures = await compare(comparer, view, pair, failed);
        if (measures) measured.set(pair, measures);
        onProgress?.(++done, pairs.length);
      }
      free.push(comparer);
    };
    await Promise.all(work.map((members) => limited(() => measureGroup(members))));
    const { user, system } = process.cpuUsage(before);
    return {
      pairs: pairs.filter((pair) => measured.has(pair)).map((pair) => ({ ...pair, measures: measured.get(pair)! })),
      failed: [...failed.values()],
      cpuMs: (user + system) / 1000 / Math.max(1, measured.size),
    };
  } finally {
    await Promise.all(comparers.map((comparer) => comparer.close()));
  }
}

/** @returns undefined if one of the photos, or both together, could not be looked at: `failed` has it then */
async function compare(
  comparer: GeometryComparer,
  view: (photo: PhotoFile) => Promise<ViewedPhoto>,
  { query, entry }: PairToMeasure,
  failed: Map<string, FailedPhoto>,
): Promise<GeometryMeasures | undefined> {
  let name = entry.name;
  try {
    const own = await view(entry);
    name = query.name;
    const asked = await view(query);
    name = `${query.name} and ${entry.name}`;
    return await comparer.compare(own, asked);
  } catch (error) {
    failed.set(name, { name, error: toClaimprintError(error) });
    return undefined;
  }
}

/** Decodes each photo once, as long as there are not too many. */
function viewer(comparer: GeometryComparer): (photo: PhotoFile) => Promise<ViewedPhoto> {
  const views = new Map<string, Promise<ViewedPhoto>>();
  return (photo) => {
    if (views.size >= MAX_VIEWS) views.clear();
    const known = views.get(photo.sha256) ?? photo.read().then((bytes) => comparer.view(bytes));
    views.set(photo.sha256, known);
    return known;
  };
}
