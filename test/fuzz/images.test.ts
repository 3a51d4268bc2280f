import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Random, seededRandom } from '../../src/evaluation/random.js';
import { DecoderPool } from '../../src/fingerprint/decoder/decoder-pool.js';
import { isErrorCode } from '../../src/protocol/errors.js';
import { decodersOf } from '../support/decoders.js';
import { photo } from '../support/photos.js';
import { MemoryDrift } from './support/memory-drift.js';
import { mutateBytes, pick } from './support/mutate.js';
import { full, SEED } from './support/scale.js';

const IMAGES = full ? 20_000 : 250;
const WORKERS = 4;
const MOST_DRIFT = 0.1;
const TIMEOUT_MS = 20_000;

const pool = new DecoderPool({ edge: 288, maxPixels: 4_000_000, timeoutMs: TIMEOUT_MS });
let originals: Buffer[];

beforeAll(async () => {
  const small = () => sharp(photo('nagasaki-boats')).resize(96, 72).keepMetadata();
  const frames = await Promise.all(
    ['#a00', '#0a0'].map((background) =>
      sharp({ create: { width: 48, height: 48, channels: 3, background } })
        .png()
        .toBuffer(),
    ),
  );
  originals = await Promise.all([
    small()
      .withExif({ IFD0: { ImageDescription: 'a claim' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer(),
    small().jpeg({ progressive: true }).toBuffer(),
    small().toColourspace('cmyk').jpeg().toBuffer(),
    small().withIccProfile('p3').png().toBuffer(),
    small().png({ palette: true }).toBuffer(),
    small().toColourspace('rgb16').png({ progressive: true }).toBuffer(),
    small().webp().toBuffer(),
    small().webp({ lossless: true }).toBuffer(),
    small().tiff({ compression: 'lzw' }).toBuffer(),
    small().tiff({ compression: 'jpeg', tile: true, tileWidth: 32, tileHeight: 32 }).toBuffer(),
    small().tiff({ compression: 'deflate', predictor: 'horizontal' }).toBuffer(),
    small().gif().toBuffer(),
    sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer(),
    sharp(frames, { join: { animated: true } })
      .webp()
      .toBuffer(),
    small().avif({ effort: 0 }).toBuffer(),
  ]);
});
afterAll(() => pool.close());

/** A real file with accidents, mostly where headers are. */
function brokenImage(random: Random): Buffer {
  const original = pick(random, originals);
  if (random.below(2) === 0) return mutateBytes(random, original, pick(random, originals));
  const head = Math.min(original.length, 64 + random.below(600));
  return Buffer.concat([
    mutateBytes(random, original.subarray(0, head), pick(random, originals)),
    original.subarray(head),
  ]);
}

it(`R6: ${IMAGES} broken images cost no decoder and no memory, and each gets pixels or a code`, async () => {
  const outcomes = new Map<string, number>();
  const memory = new MemoryDrift(() => [process.pid, ...decodersOf(process.pid)]);
  const strange: string[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < IMAGES) {
      const number = next++;
      const bytes = brokenImage(seededRandom(SEED, 'image', number));
      const outcome = await pool.decode(bytes).then(
        ({ data, width, height }) => (data.length === width * height * 3 ? 'decoded' : 'wrong size'),
        (error) => String(error.code),
      );
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (outcome !== 'decoded' && (!isErrorCode(outcome) || outcome === 'INTERNAL'))
        strange.push(`${number}: ${outcome}`);
      if (number % Math.ceil(IMAGES / 100) === 0) memory.sample();
    }
  };
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: WORKERS }, work));
  const seconds = (performance.now() - startedMs) / 1000;
  const drift = memory.drift();
  const said = [...outcomes].map(([outcome, count]) => `${outcome} ${count}`).join(', ');
  console.log(
    `R6 images: seed ${SEED} · ${IMAGES} images · ${said} · decoders that died ${pool.crashes} · ` +
      `memory ${memory.mebibytes()}, drift ${(drift * 100).toFixed(1)} % · ${seconds.toFixed(0)} s`,
  );
  expect(strange).toEqual([]);
  expect(pool.crashes).toBe(0);
  expect(outcomes.get('DECODE_TIMEOUT') ?? 0).toBe(0);
  expect(outcomes.size).toBeGreaterThan(2);
  // In a short run everything is still warm-up.
  if (full) expect(drift).toBeLessThan(MOST_DRIFT);
});
