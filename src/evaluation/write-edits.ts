import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { limitConcurrency } from '../fingerprint/limit-concurrency.js';
import { ClaimprintError, toClaimprintError } from '../protocol/errors.js';
import { drawCards, drawHand } from './draw-cards.js';
import { readablePhoto } from './edits/readable-photo.js';
import { companionsShown, EDIT_NAMES, type EditName, editPixels } from './edits.js';
import type { FailedPhoto, NamedPhoto } from './named-photo.js';
import { claimFolder } from './output-folder.js';
import { photoDigest } from './photo-digest.js';
import { seededRandom } from './random.js';
import { fitsTruth, formatTruth, parseTruth, type TruthLine } from './truth.js';

export const TRUTH_FILE = 'truth.tsv';
const MAKER = 'edits';

export interface WriteEditsOptions {
  /** The photos that copies are made of. */
  readonly photos: readonly NamedPhoto[];
  /** Photos that are no references: their copies are queries without a partner. */
  readonly strangers?: readonly NamedPhoto[] | undefined;
  readonly out: string;
  readonly seed: number;
  readonly edits: readonly EditName[];
  /** So many of the edits for each photo, drawn by the seed; all if not given. */
  readonly perPhoto?: number | undefined;
  /** Write into a folder whatever it holds. */
  readonly force?: boolean | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface WrittenEdits {
  /** Path of the truth file. */
  readonly truth: string;
  readonly photos: number;
  readonly copies: number;
  readonly failed: readonly FailedPhoto[];
}

type Truth = Omit<TruthLine, 'line'>;
interface Made {
  readonly truth: readonly Truth[];
  readonly failed?: FailedPhoto;
}

/**
 * Writes edited copies of photos as OUT/edit/name, and a truth file beside them that says what each is a copy of. The
 * same photos and seed give the same bytes. A photo that cannot be read or edited, or whose copies would overwrite those of
 * another, is reported, and the rest goes on.
 * @throws FILE_EXISTS, NOT_READABLE
 */
export async function writeEdits(options: WriteEditsOptions): Promise<WrittenEdits> {
  const { photos, strangers = [], out, force = false, onProgress } = options;
  if (await claimFolder(out, MAKER, force)) await removeEarlier(out);
  const total = photos.length + strangers.length;
  const limited = limitConcurrency(Math.min(availableParallelism(), 8));
  const owners = ownersOf(photos, strangers);
  let done = 0;
  onProgress?.(0, total);
  const work = (own: readonly NamedPhoto[], known: boolean): Promise<Made[]> =>
    Promise.all(
      own.map((photo, i) =>
        limited(async () => {
          const others = photos.toSpliced(known ? i : photos.length, 1);
          const made = await writeCopies(photo, known, owners, others, options);
          onProgress?.(++done, total);
          return made;
        }),
      ),
    );
  const made = [...(await work(photos, true)), ...(await work(strangers, false))];
  const truth = made.flatMap((copies) => copies.truth);
  const path = join(out, TRUTH_FILE);
  await writeFile(path, formatTruth(truth));
  const failed = made.flatMap((copies) => copies.failed ?? []);
  return { truth: path, photos: total - failed.length, copies: truth.filter(({ ignored }) => !ignored).length, failed };
}

async function writeCopies(
  photo: NamedPhoto,
  known: boolean,
  owners: ReadonlyMap<string, NamedPhoto>,
  others: readonly NamedPhoto[],
  { out, seed, edits, perPhoto }: WriteEditsOptions,
): Promise<Made> {
  const truth: Truth[] = [];
  try {
    if (!fitsTruth(photo.name))
      throw new ClaimprintError('BAD_REQUEST', 'A truth file cannot hold the name of this photo.');
    const owner = owners.get(copyName(photo, known))!;
    if (owner !== photo)
      throw new ClaimprintError('FILE_EXISTS', `Its copies would have the names of those of ${owner.name}.`);
    const bytes = await photo.read();
    const pixels = await readablePhoto(bytes);
    for (const edit of drawn(edits, perPhoto, seed, bytes)) {
      const companions = await companionsOf(edit, seed, bytes, others);
      const copy = await editPixels(
        pixels,
        bytes,
        edit,
        seed,
        companions.map(({ pixels }) => pixels),
      );
      const query = `${edit}/${copyName(photo, known)}`;
      await mkdir(dirname(join(out, query)), { recursive: true });
      await writeFile(join(out, query), copy);
      truth.push({ query, reference: known ? photo.name : undefined, edit, ignored: false });
      truth.push(...companions.map(({ name }) => ({ query, reference: name, edit, ignored: true })));
    }
    return { truth };
  } catch (error) {
    return { truth, failed: { name: photo.name, error: toClaimprintError(error) } };
  }
}

/** A hand of the edits, in their order; all of them without a number. */
function drawn(edits: readonly EditName[], count: number | undefined, seed: number, bytes: Uint8Array): EditName[] {
  if (count === undefined || count >= edits.length) return [...edits];
  const hand = new Set(drawHand(edits, count, seededRandom(seed, 'draw', bytes)));
  return edits.filter((edit) => hand.has(edit));
}

/** Other photos that an edit shows too; one that cannot be read, or that is the same photo, is passed over. */
async function companionsOf(edit: EditName, seed: number, bytes: Uint8Array, others: readonly NamedPhoto[]) {
  const seen = new Set([photoDigest(bytes)]);
  const found: { name: string; pixels: Awaited<ReturnType<typeof readablePhoto>> }[] = [];
  for (const photo of drawCards(others, seededRandom(seed, 'companions', edit, bytes))) {
    if (found.length >= companionsShown(edit)) break;
    const content = await photo.read().catch(() => undefined);
    if (content === undefined || seen.has(photoDigest(content)) || !fitsTruth(photo.name)) continue;
    seen.add(photoDigest(content));
    const pixels = await readablePhoto(content).catch(() => undefined);
    if (pixels !== undefined) found.push({ name: photo.name, pixels });
  }
  return found;
}

/** Copies are JPEG whatever the photo was; the whole name stays in theirs. */
function copyName({ name }: NamedPhoto, known: boolean): string {
  const path = known ? name : `strangers/${name}`;
  return /\.jpg$/.test(path) ? path : `${path}.copy.jpg`;
}

/** Which photo may have copies of a name: the first of those whose copies would be called so. */
function ownersOf(photos: readonly NamedPhoto[], strangers: readonly NamedPhoto[]): Map<string, NamedPhoto> {
  const owners = new Map<string, NamedPhoto>();
  for (const [own, known] of [
    [photos, true],
    [strangers, false],
  ] as const) {
    for (const photo of own) {
      const name = copyName(photo, known);
      if (!owners.has(name)) owners.set(name, photo);
    }
  }
  return owners;
}

/** Removes the copies that an earlier run listed, and nothing else. */
async function removeEarlier(out: string): Promise<void> {
  const folders: readonly string[] = EDIT_NAMES;
  for (const { query } of await earlierTruth(out)) {
    const parts = query.split('/');
    if (folders.includes(parts[0]!) && !parts.includes('..')) await rm(join(out, query), { force: true });
  }
}

async function earlierTruth(out: string): Promise<readonly TruthLine[]> {
  try {
    return parseTruth(await readFile(join(out, TRUTH_FILE), 'utf8'));
  } catch {
    return [];
  }
}
