import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { applyEdit, FITTED_EDITS } from '../../dist/evaluation/edits.js';

const SEED = 1;
/** Grey levels; about that of a phone's sensor in daylight. An enlarged photo without any would be decoded too easily. */
const GRAIN = 5;

/**
 * Seeded edits of the public-domain photos that the demo uses, at so many megapixels, as JPEGs of a phone's quality; those
 * that had to be enlarged have grain.
 */
export async function makePictures(megapixels, count) {
  const packages = fileURLToPath(new URL('../../node_modules/@stdlib', import.meta.url));
  const originals = readdirSync(packages).filter((name) => name.startsWith('datasets-img-'));
  const pictures = [];
  for (let i = 0; i < count; i++) {
    const original = readFileSync(join(packages, originals[i % originals.length], 'data', 'image.jpg'));
    const edited = await applyEdit(original, FITTED_EDITS[i % FITTED_EDITS.length], SEED + i);
    const { width, height } = await sharp(edited).metadata();
    const scale = Math.sqrt((megapixels * 1e6) / (width * height));
    const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
    const scaled = sharp(edited).resize({ ...size, fit: 'fill' });
    pictures.push(await (scale > 2 ? withGrain(scaled, size) : scaled).jpeg({ quality: 88 }).toBuffer());
  }
  return pictures;
}

function withGrain(picture, size) {
  const noise = { type: 'gaussian', mean: 128, sigma: GRAIN };
  return picture.composite([{ input: { create: { ...size, channels: 3, noise } }, blend: 'soft-light' }]);
}

/** Writes `count` files into a new folder, no two of the same bytes: each has a counter behind its last byte. */
export function writePhotos(pictures, folder, count) {
  mkdirSync(folder);
  return Array.from({ length: count }, (_, i) => {
    const path = join(folder, `${String(i).padStart(5, '0')}.jpg`);
    writeFileSync(path, Buffer.concat([pictures[i % pictures.length], Buffer.from(`${folder} ${i}`)]));
    return path;
  });
}
