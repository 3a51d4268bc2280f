/**
 * What sealing costs and what it withstands, on the embeddings that `claimprint models fit` has left in the cache:
 *
 *   1. the share of edited copies found at the same rate of false pairs, by profile, with several keys where keys matter;
 *   2. the known-pair attacks: with so many photos known in both forms, how many of 400 others are found again, by one
 *      who has the very photo or an edited copy, and how near computed plain vectors come to the true ones.
 *
 *     npm run bench:sealing
 */
import { attackSealing } from '../dist/evaluation/attack-sealing.js';
import { seededRandom } from '../dist/evaluation/random.js';
import { cosine } from '../dist/evaluation/score.js';
import { sealersFor } from '../dist/evaluation/sealed-pairs.js';
import { loadManifest } from '../dist/platform/manifest-file.js';
import { encodedLength } from '../dist/protocol/vector.js';
import { plainPhotos } from './vectors.mjs';

const PAIRS = [2, 4, 8, 16, 32, 64, 128, 512];
const UNSEEN = 400;
const FALSE_PAIR_RATES = [1e-5, 1e-6];

const { dimensions } = loadManifest().output;
const photos = shuffled(plainPhotos());
if (photos.length < PAIRS.at(-1) + UNSEEN) {
  console.error(
    'Too few embeddings in the cache: run `claimprint models fit` on a folder of 970 photos or more first.',
  );
  process.exit(2);
}

console.log(`Edited copies found at the same rate of false pairs (${photos.length} photos):`);
console.log('profile     bytes (f16)   at 1e-5   at 1e-6');
for (const profile of ['plain', 'rotated', 'projected']) {
  const sealers = sealersFor(profile, dimensions, 'bench');
  const found = FALSE_PAIR_RATES.map((rate) => mean(sealers.map((sealer) => recallAt(rate, sealer))));
  const bytes = encodedLength('f16', sealers[0].dimensions);
  console.log(
    `${profile.padEnd(10)} ${String(bytes).padStart(9)}  ${found.map((x) => percent(x).padStart(8)).join('  ')}`,
  );
}

console.log(`\nKnown-pair attacks on ${UNSEEN} unseen photos (mean over keys):`);
console.log('profile     pairs   same photo   edited copy   reconstruction cosine');
const known = photos.slice(0, PAIRS.at(-1)).map(toAttacked);
const unseen = photos.slice(PAIRS.at(-1), PAIRS.at(-1) + UNSEEN).map(toAttacked);
for (const profile of ['rotated', 'projected']) {
  const sealers = sealersFor(profile, dimensions, 'attack').slice(0, 2);
  const results = sealers.map((sealer) => attackSealing(sealer, known, unseen, PAIRS));
  for (const [i, pairs] of PAIRS.entries()) {
    const of = (name) => mean(results.map((result) => result[i][name]));
    const shares = [percent(of('samePhoto')).padStart(10), percent(of('editedCopy')).padStart(13)];
    console.log(
      `${profile.padEnd(10)} ${String(pairs).padStart(6)} ${shares.join(' ')} ${of('reconstructed').toFixed(2).padStart(14)}`,
    );
  }
}

function toAttacked({ original, copies }) {
  return { original, copy: copies[0] };
}

/** The share of copies above the score that this share of pairs of different originals reaches. */
function recallAt(rate, sealer) {
  const originals = photos.map(({ original }) => sealer.seal(original));
  const copies = photos.map(({ copies }) => copies.map(sealer.seal));
  const unrelated = [];
  for (const [i, a] of originals.entries()) {
    for (const [j, b] of originals.entries()) {
      if (i < j) unrelated.push(cosine(a, b));
      if (i !== j) unrelated.push(cosine(copies[i][0], b));
    }
  }
  const sorted = Float32Array.from(unrelated).sort();
  const threshold = sorted[sorted.length - 1 - Math.floor(rate * sorted.length)];
  const scores = copies.flatMap((list, i) => list.map((copy) => cosine(copy, originals[i])));
  return scores.filter((score) => score > threshold).length / scores.length;
}

function shuffled(list) {
  const random = seededRandom('sealing bench');
  const keyed = list.map((photo) => [random.next(), photo]).sort(([a], [b]) => a - b);
  return keyed.map(([, photo]) => photo);
}

function mean(numbers) {
  return numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
}

function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}
