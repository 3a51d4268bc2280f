import { describe, expect, it } from 'vitest';
import { applyEdit, type EditName } from '../../../src/evaluation/edits.js';
import { type Pixels, pipeline, readPixels, rendered } from '../../../src/evaluation/pixels.js';
import {
  boxOf,
  COLOURS,
  changed,
  changedParts,
  colourOf,
  expectNear,
  FIELDS,
  HEIGHT,
  nameOf,
  PHOTO,
  photoIn,
  plain,
  WIDTH,
  withoutGround,
} from '../../support/coloured-fields.js';

const PLAIN = await plain([128, 128, 128]);
/** A screenshot has many pixels, and its parts are large. */
const REDUCED = 4;
const SEEDS = [1, 2, 3, 4, 5];

async function edited(
  name: EditName,
  seed: number,
  photo = PHOTO,
  companions: readonly Buffer[] = [],
): Promise<Pixels> {
  return readPixels(await applyEdit(photo, name, seed, companions));
}

describe('what an edited copy shows', () => {
  it.each([
    ['mirror', ['green', 'red', 'yellow', 'blue'], WIDTH, HEIGHT],
    ['bube-mirror', ['green', 'red', 'yellow', 'blue'], WIDTH, HEIGHT],
    ['bube-flip', ['blue', 'yellow', 'red', 'green'], WIDTH, HEIGHT],
    ['half-turn', ['yellow', 'blue', 'green', 'red'], WIDTH, HEIGHT],
    ['quarter-turn-right', ['blue', 'red', 'yellow', 'green'], HEIGHT, WIDTH],
    ['quarter-turn-left', ['green', 'yellow', 'red', 'blue'], HEIGHT, WIDTH],
  ] as const)('%s: the photo in that position, and all of it', async (name, fields, width, height) => {
    const copy = await edited(name, 1);
    expect([copy.width, copy.height]).toEqual([width, height]);
    photoIn(copy, fields);
  });

  it('screenshot: the photo in its size between flat bars, the upper one written on', async () => {
    for (const seed of SEEDS) {
      const copy = await edited('screenshot', seed);
      const { left, top, width, height } = photoIn(copy);
      expect([Math.abs(width - WIDTH), Math.abs(height - HEIGHT)].every((off) => off <= 2)).toBe(true);
      const margins = [left, copy.width - left - width];
      for (const margin of margins) expect(margin).toBeLessThanOrEqual(0.15 * WIDTH + 2);
      for (const margin of [top, copy.height - top - height]) {
        expect(margin).toBeGreaterThan(0.02 * HEIGHT);
        expect(margin).toBeLessThanOrEqual(0.15 * HEIGHT + 2);
      }
      const bar = colourOf(copy, copy.width / 2, 1);
      const written = Array.from({ length: copy.width * (top - 2) }, (_, i) =>
        colourOf(copy, i % copy.width, Math.floor(i / copy.width)),
      ).filter((colour) => Math.abs(colour[0] - bar[0]) > 60).length;
      expect(written / (copy.width * (top - 2))).toBeGreaterThan(0.005);
      expect(written / (copy.width * (top - 2))).toBeLessThan(0.5);
    }
  });

  it('phone-screenshot: the photo as wide as an upright screen, between head and buttons, with a body round some', async () => {
    let bodies = 0;
    const seeds = SEEDS.slice(0, 4);
    for (const seed of seeds) {
      const screen = await edited('phone-screenshot', seed);
      const copy = await rendered(pipeline(screen).resize({ width: Math.round(screen.width / REDUCED) }));
      const photo = photoIn(withoutGround(copy));
      expect(photo.width / photo.height).toBeCloseTo(WIDTH / HEIGHT, 1);
      const side = (copy.width - photo.width) / 2;
      const hasBody = side > copy.width * 0.04;
      const body = 0.035 * photo.width;
      if (hasBody) {
        bodies++;
        expect(side).toBeGreaterThan(body + 0.04 * photo.width - 3);
        expect(side).toBeLessThan(body + 0.1 * photo.width + 3);
        expect(nameOf(colourOf(copy, photo.left - body / 2, photo.top + photo.height / 2))).toBe('black');
        const [a, b] = [colourOf(copy, 1, 1), colourOf(copy, copy.width - 2, copy.height - 2)];
        for (const [i, x] of a.entries()) expect(Math.abs(x - b[i]!)).toBeLessThan(4);
        for (const x of a) expect(x).toBeGreaterThan(110);
      } else expect(side).toBeLessThan(3);
      const around = hasBody ? side : 0;
      const [width, height] = [copy.width - 2 * around, copy.height - 2 * around];
      expect(width * REDUCED).toBeGreaterThan(710);
      expect(width * REDUCED).toBeLessThan(1090);
      expect(height / width).toBeGreaterThan(1.87);
      expect(height / width).toBeLessThan(2.23);
      expect(photo.top - around).toBeGreaterThan(0.11 * height - 3);
      expect(photo.top + photo.height - around).toBeLessThan(0.84 * height + 3);
    }
    expect(bodies).toBeGreaterThan(0);
    expect(bodies).toBeLessThan(seeds.length);
  });

  it('perspective: the photo askew, no corner further in than 18 % of a side, on one shade of grey', async () => {
    const shades = new Set<number>();
    for (const seed of SEEDS) {
      const copy = await edited('perspective', seed);
      expect([copy.width, copy.height]).toEqual([WIDTH, HEIGHT]);
      photoIn(copy, FIELDS, 0.2);
      const shown: (readonly [x: number, y: number])[] = [];
      for (let i = 0; i < WIDTH * HEIGHT; i++) {
        const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
        const name = nameOf(colourOf(copy, x, y));
        if (name !== undefined && name !== 'black') shown.push([x, y]);
      }
      const share = shown.length / (WIDTH * HEIGHT);
      expect(share).toBeGreaterThan(0.64 ** 2);
      expect(share).toBeLessThan(0.99);
      const corners = [
        [0, 0],
        [WIDTH, 0],
        [WIDTH, HEIGHT],
        [0, HEIGHT],
      ] as const;
      const moved = corners.map(([cornerX, cornerY]) =>
        Math.min(...shown.map(([x, y]) => Math.max(Math.abs(x - cornerX) / WIDTH, Math.abs(y - cornerY) / HEIGHT))),
      );
      expect(Math.max(...moved)).toBeLessThan(0.2);
      // Neither the photo itself nor one that is merely smaller.
      expect(Math.max(...moved) - Math.min(...moved)).toBeGreaterThan(0.02);
      const [x, y] = corners[moved.indexOf(Math.max(...moved))]!;
      const ground = colourOf(copy, Math.max(0, x - 1), Math.max(0, y - 1));
      expect(Math.max(...ground) - Math.min(...ground)).toBeLessThan(12);
      shades.add(Math.round(ground[0] / 128));
    }
    expect([...shades].every((shade) => [0, 1, 2].includes(shade))).toBe(true);
    expect(shades.size).toBeGreaterThan(1);
  });

  it('screen-photo: the whole photo in a dark frame before a lighter wall', async () => {
    for (const seed of SEEDS.slice(0, 4)) {
      const copy = await edited('screen-photo', seed);
      for (const [side, of] of [
        [copy.width, WIDTH],
        [copy.height, HEIGHT],
      ] as const) {
        expect(side).toBeGreaterThanOrEqual(Math.floor(of * 1.08) - 1);
        expect(side).toBeLessThanOrEqual(Math.ceil(of * 1.32) + 1);
      }
      const photo = photoIn(copy, FIELDS, 0.12);
      expect(photo.width).toBeGreaterThan(WIDTH * 0.84);
      expect(photo.width).toBeLessThanOrEqual(WIDTH + 2);
      expect(photo.height).toBeGreaterThan(HEIGHT * 0.84);
      expect(photo.height).toBeLessThanOrEqual(HEIGHT + 2);
      const middle = photo.top + photo.height / 2;
      const leftmost = Array.from({ length: Math.ceil(photo.left) }, (_, x) => Math.max(...colourOf(copy, x, middle)));
      const wall = leftmost[0]!;
      expect(Math.min(...leftmost)).toBeLessThan(wall * 0.6);
    }
  });

  it('collage: the photo in its size, and two others of one smaller size beside it or under it', async () => {
    const companions = [await plain(COLOURS.cyan), await plain(COLOURS.magenta)];
    const places = new Set<string>();
    for (const seed of SEEDS) {
      const copy = await edited('collage', seed, PHOTO, companions);
      const photo = photoIn(copy);
      expect([Math.abs(photo.width - WIDTH), Math.abs(photo.height - HEIGHT)].every((off) => off <= 2)).toBe(true);
      const [first, second] = [boxOf(copy, 'cyan'), boxOf(copy, 'magenta')];
      expectNear({ ...first, left: 0, top: 0 }, { ...second, left: 0, top: 0 }, 2);
      const isBeside = copy.width > copy.height * 1.6;
      const others = isBeside ? 2 * first.height : 2 * first.width;
      expect(Math.abs(others - (isBeside ? photo.height : photo.width))).toBeLessThan(12);
      const share = isBeside ? first.width / photo.width : first.height / photo.height;
      expect(share).toBeGreaterThan(0.38);
      expect(share).toBeLessThan(0.62);
      // What is left of the sheet is the ground between them.
      const shown = photo.width * photo.height + 2 * first.width * first.height;
      expect(shown / (copy.width * copy.height)).toBeGreaterThan(0.85);
      expect(nameOf(colourOf(copy, 0, 0)) ?? 'black').toBe('black');
      places.add(isBeside ? (first.left > photo.left ? 'right' : 'left') : first.top > photo.top ? 'under' : 'above');
    }
    expect(places.size).toBeGreaterThan(1);
  });

  it('grid-of-four: the photo in one of four equal fields, three others in the rest', async () => {
    const companions = [await plain(COLOURS.cyan), await plain(COLOURS.magenta), await plain(COLOURS.black)];
    const gap = Math.round(WIDTH * 0.012);
    const size = { width: WIDTH / 2, height: HEIGHT / 2 };
    const places = [0, 1, 2, 3].map((i) => {
      return { left: gap + (i % 2) * (size.width + gap), top: gap + Math.floor(i / 2) * (size.height + gap), ...size };
    });
    const taken = new Set<number>();
    for (const seed of SEEDS) {
      const copy = await edited('grid-of-four', seed, PHOTO, companions);
      expect([copy.width, copy.height]).toEqual([WIDTH + 3 * gap, HEIGHT + 3 * gap]);
      const photo = photoIn(copy);
      const at = places.findIndex(({ left, top }) => Math.hypot(left - photo.left, top - photo.top) < 6);
      taken.add(at);
      const rest = places.filter((_, i) => i !== at);
      expect(rest).toHaveLength(3);
      expectNear(photo, places[at]!, 2);
      for (const [i, colour] of (['cyan', 'magenta', 'black'] as const).entries()) {
        expectNear(boxOf(copy, colour), rest[i]!, 2);
      }
      expect(Math.min(...colourOf(copy, 1, 1))).toBeGreaterThan(240);
    }
    expect(taken.size).toBeGreaterThan(1);
  });

  it('text-overlay: two to four lines of writing over a photo that is left as it is elsewhere', async () => {
    for (const seed of SEEDS) {
      const copy = await edited('text-overlay', seed, PLAIN);
      expect([copy.width, copy.height]).toEqual([WIDTH, HEIGHT]);
      const { share, rows, width } = changed(copy);
      expect(share).toBeGreaterThan(0.015);
      expect(share).toBeLessThan(0.6);
      expect(width).toBeGreaterThan(WIDTH * 0.2);
      for (const half of [rows.slice(0, HEIGHT / 2), rows.slice(HEIGHT / 2)]) expect(half).toContain(true);
      const written = rows.filter(Boolean).length;
      expect(written).toBeGreaterThan(HEIGHT * 0.12);
      expect(written).toBeLessThan(HEIGHT * 0.95);
    }
  });

  it('timestamp: one line in a lower corner', async () => {
    for (const seed of SEEDS) {
      const { share, left, top, width } = changed(await edited('timestamp', seed, PLAIN));
      expect(share).toBeGreaterThan(0.003);
      expect(share).toBeLessThan(0.05);
      expect(top).toBeGreaterThan(HEIGHT - 2 * 0.05 * WIDTH - 3);
      expect(Math.min(left, WIDTH - left - width)).toBeLessThan(0.05 * WIDTH + 4);
      expect(width).toBeGreaterThan(WIDTH * 0.4);
    }
  });

  it('sticker: one to three things, each up to a third of the shorter side, over a photo left as it is elsewhere', async () => {
    for (const seed of SEEDS) {
      const copy = await edited('sticker', seed, PLAIN);
      expect([copy.width, copy.height]).toEqual([WIDTH, HEIGHT]);
      const { share } = changed(copy);
      expect(share).toBeGreaterThan(0.01);
      expect(share).toBeLessThan((3 * (0.34 * HEIGHT) ** 2) / (WIDTH * HEIGHT));
      const parts = changedParts(copy);
      expect(parts.length).toBeGreaterThan(0);
      expect(parts.length).toBeLessThanOrEqual(3);
      // Two that touch are one part, and one that is turned is wider.
      expect(Math.min(...parts)).toBeGreaterThan(0.2 * HEIGHT * 0.7);
      expect(Math.min(...parts)).toBeLessThan(0.34 * HEIGHT * 1.2);
    }
  });
});
