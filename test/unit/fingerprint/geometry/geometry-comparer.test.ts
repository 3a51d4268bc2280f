import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { judgeGeometry } from '../../../../src/decision/judge-geometry.js';
import { type Corners, warpOver } from '../../../../src/evaluation/edits/warp.js';
import { applyEdit } from '../../../../src/evaluation/edits.js';
import { readPixels, toJpeg } from '../../../../src/evaluation/pixels.js';
import { describeGeometry } from '../../../../src/fingerprint/geometry/describe-geometry.js';
import { GeometryComparer } from '../../../../src/fingerprint/geometry/geometry-comparer.js';
import { applyMap, cornersOf, type Point } from '../../../../src/fingerprint/geometry/plane.js';
import { loadGeometryFit } from '../../../../src/platform/geometry-rule-file.js';
import { PHOTO_NAMES, photo } from '../../../support/photos.js';
import { steppedScene } from '../../../support/scenes.js';

const comparer = new GeometryComparer();
const { rule } = loadGeometryFit();
afterAll(() => comparer.close());

async function compare(a: Uint8Array, b: Uint8Array) {
  const measures = await comparer.compare(await comparer.view(a), await comparer.view(b));
  return { ...measures, verdict: judgeGeometry(measures, rule), words: describeGeometry(measures) };
}

/** Places all over a part of a photo must come to lie where they are, to a hundredth of the photo's width. */
function expectMap(
  matrix: readonly number[],
  part: readonly [x: number, y: number, w: number, h: number],
  to: (at: Point) => Point,
) {
  for (const [u, v] of [
    [0.1, 0.1],
    [0.9, 0.1],
    [0.5, 0.5],
    [0.1, 0.9],
    [0.9, 0.9],
  ] as const) {
    const place: Point = [part[0] + u * part[2], part[1] + v * part[3]];
    const [x, y] = applyMap(matrix, place);
    const [wantedX, wantedY] = to(place);
    expect(Math.hypot(x - wantedX, y - wantedY)).toBeLessThan(0.01 * part[2]);
  }
}

const boats = photo('nagasaki-boats');
const { width, height } = await readPixels(boats);
const whole = [0, 0, width, height] as const;

describe('the map from photo to photo', () => {
  it('is found of a part, with where the part was', async () => {
    const [left, top, w, h] = [
      Math.round(width * 0.45),
      Math.round(height * 0.4),
      Math.round(width / 2),
      Math.round(height / 2),
    ];
    const part = await sharp(boats).extract({ left, top, width: w, height: h }).jpeg().toBuffer();
    const found = await compare(boats, part);
    expectMap(found.relation!.matrix, [left, top, w, h], ([x, y]) => [x - left, y - top]);
    expect(found.relation).toMatchObject({ kind: 'SIMILAR', mirrored: false });
    expect(found.relation!.shareOfA).toBeCloseTo(0.25, 2);
    expect(found).toMatchObject({ verdict: 'COPY', words: 'B is a part of A (25 % of it, lower right)' });
    expect((await compare(part, boats)).words).toMatch(/^A is a part of B \(25 % of it, lower right: a frame/);
  });

  it('is found of a turned, mirrored and smaller photo', async () => {
    const size = Math.round(width / 2);
    const edited = await sharp(await sharp(boats).flop().resize({ width: size }).toBuffer())
      .rotate(90)
      .jpeg()
      .toBuffer();
    const found = await compare(boats, edited);
    const scale = size / width;
    expectMap(found.relation!.matrix, whole, ([x, y]) => [(height - y) * scale, (width - x) * scale]);
    expect(found).toMatchObject({
      verdict: 'COPY',
      words: 'B shows all of A, mirrored, turned by 90° clockwise, at 0.5 times its size',
    });
  });

  it('is found of a photo seen in perspective', async () => {
    const picture = await readPixels(boats);
    const corners: Corners = [
      [0.08 * width, 0.05 * height],
      [0.95 * width, 0.14 * height],
      [0.86 * width, 0.9 * height],
      [0.03 * width, 0.97 * height],
    ];
    const ground = { ...picture, data: Buffer.alloc(picture.data.length, 128) };
    const found = await compare(boats, await toJpeg(await warpOver(ground, picture, corners), 85));
    const { matrix, ...relation } = found.relation!;
    for (const [at, corner] of cornersOf({ width, height }).entries()) {
      const [x, y] = applyMap(matrix, corner);
      expect(Math.hypot(x - corners[at]![0], y - corners[at]![1])).toBeLessThan(0.01 * width);
    }
    expect(relation).toMatchObject({ kind: 'PERSPECTIVE', mirrored: false });
    expect(found).toMatchObject({ verdict: 'COPY', words: expect.stringContaining('in perspective') });
  });

  it('is the same each time, to the last digit', async () => {
    const edited = await applyEdit(boats, 'several', 3);
    const first = await compare(boats, edited);
    const other = new GeometryComparer();
    try {
      expect(await other.compare(await other.view(boats), await other.view(edited))).toEqual(
        await comparer.compare(await comparer.view(boats), await comparer.view(edited)),
      );
    } finally {
      await other.close();
    }
    expect(first.relation).toBeDefined();
  });
});

it('another photo of the same scene, taken a step aside, is no copy; the same one, cut and mirrored, is', async () => {
  const [here, there] = [await steppedScene(0, 8), await steppedScene(3, 8)];
  expect(await compare(here, there)).toMatchObject({ verdict: 'SAME_SCENE' });
  const cut = await sharp(here).extract({ left: 90, top: 60, width: 700, height: 470 }).flop().jpeg().toBuffer();
  expect(await compare(here, cut)).toMatchObject({ verdict: 'COPY', relation: { mirrored: true } });
});

it('a photo that resembles its mirror image, as the front of a car does, is found to be mirrored', async () => {
  const size = { width: Math.round(width / 2), height };
  const left = await sharp(boats)
    .extract({ left: 0, top: 0, ...size })
    .toBuffer();
  // Not quite: nothing that was photographed is.
  const right = await sharp(
    await sharp(left)
      .flop()
      .resize(size.width + 24, height + 18, { fit: 'fill' })
      .toBuffer(),
  )
    .extract({ left: 0, top: 9, ...size })
    .toBuffer();
  const sides = [
    { input: left, left: 0, top: 0 },
    { input: right, left: size.width, top: 0 },
  ];
  const blank = { width: 2 * size.width, height, channels: 3 as const, background: 'black' };
  const front = await sharp({ create: blank }).composite(sides).jpeg().toBuffer();
  const mirrored = await sharp(front).flop().jpeg({ quality: 80 }).toBuffer();
  expect(await compare(front, mirrored)).toMatchObject({ verdict: 'COPY', words: 'B shows all of A, mirrored' });
});

describe('what proves nothing', () => {
  it.each(
    PHOTO_NAMES.map((name, at) => [name, PHOTO_NAMES[(at + 1) % PHOTO_NAMES.length]!]),
  )('%s and %s have nothing in common', async (a, b) => {
    const found = await compare(photo(a), photo(b));
    expect(found.relation).toBeUndefined();
    expect(found).toMatchObject({ verdict: 'NONE', words: 'nothing of A is found in B' });
  });

  it('is a blank picture or a tiny one, which has not enough detail', async () => {
    const create = { width: 400, height: 300, channels: 3, background: '#7a9' } as const;
    const blank = await sharp({ create }).png().toBuffer();
    const tiny = await sharp(boats).resize(32, 32, { fit: 'fill' }).blur(2).png().toBuffer();
    for (const poor of [blank, tiny]) {
      const found = await compare(boats, poor);
      expect(found).toMatchObject({
        verdict: 'NONE',
        words: expect.stringMatching(/^not enough detail: \d+ points in B/),
      });
    }
    expect(await compare(blank, blank)).toMatchObject({ verdict: 'NONE', points: [0, 0], matched: 0, inliers: 0 });
  });

  it('is a broken file, which is refused and hinders no other', async () => {
    await expect(comparer.view(boats.subarray(0, 5_000))).rejects.toMatchObject({ code: 'UNDECODABLE' });
    await expect(comparer.view(Buffer.from('no photo'))).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    expect(await compare(boats, boats)).toMatchObject({ verdict: 'COPY', words: 'B shows all of A' });
  });
});
