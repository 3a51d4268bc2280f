import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import sharp from 'sharp';
import { applyEdit, DEMO_EDITS } from '../evaluation/edits.js';

/** Public-domain photos, each in an npm package of its own. Insurer A's claims show the first four; nobody but B has the rest. */
const SHOWN_TO_BOTH = ['airplane-from-above', 'dust-bowl-home', 'locomotion-house-cat', 'nagasaki-boats'];
const SHOWN_TO_B_ONLY = [
  'acanthus-mollis',
  'allium-oreophilum',
  'black-canyon',
  'french-alpine-landscape',
  'march-pastoral',
];
const SEED = 2026;

/** A photo that insurer B is shown. */
export interface DemoPhoto {
  readonly path: string;
  readonly claim: string;
  readonly source: string;
  /** undefined: a photo that no other insurer has. */
  readonly edit: string | undefined;
}

export interface DemoPhotos {
  readonly shownToA: readonly { path: string; claim: string }[];
  readonly shownToB: readonly DemoPhoto[];
  /** Text that must never reach the hub: claim numbers, file names and an EXIF value planted in A's photos. */
  readonly secrets: readonly string[];
}

const EXIF_SECRET = 'Unfallort Domplatz 1, Koeln, VIN WVWZZZ1JZXW000042';

/** Writes both insurers' photos, in folders named after their claims. */
export async function prepareDemoPhotos(directory: string): Promise<DemoPhotos> {
  const shownToA = await Promise.all(
    SHOWN_TO_BOTH.map(async (source, i) => {
      const claim = `KFZ-2026-00471${i}`;
      const path = photoPath(join(directory, 'insurer-a', claim), `IMG_204${i} Schaden Mueller.jpg`);
      const withExif = sharp(original(source)).withExif({ IFD0: { ImageDescription: EXIF_SECRET } });
      writeFileSync(path, await withExif.jpeg({ quality: 92 }).toBuffer());
      return { path, claim };
    }),
  );
  const edited = await Promise.all(
    SHOWN_TO_BOTH.flatMap((source, i) =>
      DEMO_EDITS.map(async (edit) => {
        const claim = `B-88-${100 + i}`;
        const path = photoPath(join(directory, 'insurer-b', claim), `${source} ${edit}.jpg`);
        writeFileSync(path, await applyEdit(original(source), edit, SEED));
        return { path, claim, source, edit };
      }),
    ),
  );
  const unseen = SHOWN_TO_B_ONLY.map((source, i) => {
    const claim = `B-88-${200 + i}`;
    const path = photoPath(join(directory, 'insurer-b', claim), `${source}.jpg`);
    writeFileSync(path, original(source));
    return { path, claim, source, edit: undefined };
  });
  const shownToB = [...edited, ...unseen];
  const all = [...shownToA, ...shownToB];
  const names = all.map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
  return { shownToA, shownToB, secrets: [...new Set([...all.map(({ claim }) => claim), ...names, EXIF_SECRET])] };
}

function photoPath(folder: string, name: string): string {
  mkdirSync(folder, { recursive: true });
  return join(folder, name);
}

function original(source: string): Buffer {
  const require = createRequire(import.meta.url);
  return readFileSync(require.resolve(`@stdlib/datasets-img-${source}/data/image.jpg`));
}
