import { expect } from 'vitest';
import { sheet } from '../../src/evaluation/edits/drawing.js';
import { type Pixels, pipeline } from '../../src/evaluation/pixels.js';

type Colour = readonly [red: number, green: number, blue: number];

/** Colours that can be told apart after any edit, whatever it does to their brightness. */
export const COLOURS = {
  red: [220, 30, 30],
  green: [30, 200, 30],
  blue: [30, 30, 220],
  yellow: [220, 210, 20],
  cyan: [20, 200, 200],
  magenta: [200, 20, 200],
  black: [10, 10, 10],
} as const satisfies Record<string, Colour>;
export type ColourName = keyof typeof COLOURS;

/** The fields of the edited photo, in reading order. */
export const FIELDS = ['red', 'green', 'blue', 'yellow'] as const;
export const WIDTH = 240;
export const HEIGHT = 160;

/** The photo that is edited. */
export const PHOTO = await png(
  fieldsOf(WIDTH, HEIGHT, (right, below) => COLOURS[FIELDS[(below ? 2 : 0) + (right ? 1 : 0)]!]),
);

function fieldsOf(width: number, height: number, colourAt: (right: boolean, below: boolean) => Colour): Pixels {
  const data = Buffer.alloc(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    data.set(colourAt(i % width >= width / 2, i >= (width * height) / 2), i * 3);
  }
  return { data, width, height };
}

function png(pixels: Pixels): Promise<Buffer> {
  return pipeline(pixels).png().toBuffer();
}

/** A photo of that size in one colour. */
export function plain(colour: Colour): Promise<Buffer> {
  return png(sheet(WIDTH, HEIGHT, colour));
}

export function colourOf({ data, width }: Pixels, x: number, y: number): Colour {
  const at = (Math.round(y) * width + Math.round(x)) * 3;
  return [data[at]!, data[at + 1]!, data[at + 2]!];
}

const NAMES = Object.keys(COLOURS) as ColourName[];
/** By which of red, green and blue are strong, as bits. */
const BY_STRENGTH: readonly (ColourName | undefined)[] = [
  undefined,
  'blue',
  'green',
  'cyan',
  'red',
  'magenta',
  'yellow',
  undefined,
];

/** Which of the colours a pixel shows, if any. */
export function nameOf([red, green, blue]: Colour): ColourName | undefined {
  const strongest = Math.max(red, green, blue);
  if (strongest < 60) return 'black';
  const isStrong = (channel: number) => Number(channel > strongest - 45);
  return BY_STRENGTH[4 * isStrong(red) + 2 * isStrong(green) + isStrong(blue)];
}

const named = new WeakMap<Pixels, Int8Array>();

/** Of each pixel which of {@link NAMES} it shows, −1 for none. */
function namesOf(pixels: Pixels): Int8Array {
  const { data, width, height } = pixels;
  const known = named.get(pixels);
  const names =
    known ??
    Int8Array.from({ length: width * height }, (_, i) =>
      NAMES.indexOf(nameOf([data[i * 3]!, data[i * 3 + 1]!, data[i * 3 + 2]!])!),
    );
  named.set(pixels, names);
  return names;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Pixels from a border within which two colours blend into a third. */
const BLENDED = 3;

/** Where a colour is: the longest stretch each way, so that a little of it elsewhere does not count. */
export function boxOf(pixels: Pixels, colour: ColourName): Box {
  const { width, height } = pixels;
  const names = namesOf(pixels);
  const wanted = NAMES.indexOf(colour);
  const columns = new Array<number>(width).fill(0);
  const rows = new Array<number>(height).fill(0);
  for (let y = BLENDED; y < height - BLENDED; y++) {
    for (let x = BLENDED; x < width - BLENDED; x++) {
      const at = y * width + x;
      if (names[at] !== wanted || names[at - BLENDED] !== wanted || names[at + BLENDED] !== wanted) continue;
      if (names[at - BLENDED * width] !== wanted || names[at + BLENDED * width] !== wanted) continue;
      columns[x]!++;
      rows[y]!++;
    }
  }
  const [left, right] = longestStretch(columns);
  const [top, bottom] = longestStretch(rows);
  return { left, top, width: right - left, height: bottom - top };
}

function longestStretch(counts: readonly number[]): [from: number, to: number] {
  const half = Math.max(...counts) / 2;
  let longest: [number, number] = [0, 0];
  for (let from = 0; from < counts.length; from++) {
    let to = from;
    while (counts[to]! > half) to++;
    if (to - from > longest[1] - longest[0]) longest = [from, to];
    from = to;
  }
  return [longest[0] - BLENDED, longest[1] + BLENDED];
}

/** With grey where it has the colour of its corner. */
export function withoutGround(pixels: Pixels): Pixels {
  const corner = colourOf(pixels, 1, 1);
  const data = Buffer.from(pixels.data);
  for (let i = 0; i < data.length; i += 3) {
    if (corner.every((x, channel) => Math.abs(x - data[i + channel]!) < 12)) data.fill(128, i, i + 3);
  }
  return { ...pixels, data };
}

export function expectNear(box: Box, { left, top, width, height }: Box, by: number): void {
  expect(Math.abs(box.left - left)).toBeLessThanOrEqual(by);
  expect(Math.abs(box.top - top)).toBeLessThanOrEqual(by);
  expect(Math.abs(box.width - width)).toBeLessThanOrEqual(by);
  expect(Math.abs(box.height - height)).toBeLessThanOrEqual(by);
}

/** All of the photo, upright and not mirrored: its four fields in their places, each about a quarter. @returns where it is */
export function photoIn(pixels: Pixels, fields: readonly ColourName[] = FIELDS, unevenness = 0.1): Box {
  const boxes = fields.map((field) => boxOf(pixels, field));
  const left = Math.min(...boxes.map((box) => box.left));
  const top = Math.min(...boxes.map((box) => box.top));
  const right = Math.max(...boxes.map((box) => box.left + box.width));
  const bottom = Math.max(...boxes.map((box) => box.top + box.height));
  const whole = { left, top, width: right - left, height: bottom - top };
  const half = { width: whole.width / 2, height: whole.height / 2 };
  for (const [i, box] of boxes.entries()) {
    const at = { left: left + (i % 2) * half.width, top: top + Math.floor(i / 2) * half.height };
    expectNear(box, { ...at, ...half }, Math.max(3, whole.width * unevenness));
  }
  return whole;
}

/** Whether a pixel of a copy of a plain grey photo is no longer grey. */
function changedPixels({ data, width, height }: Pixels): Uint8Array {
  // Beside a drawn line JPEG changes a little.
  const isChanged = (i: number) => Math.max(...data.subarray(i * 3, i * 3 + 3).map((x) => Math.abs(x - 128))) >= 40;
  return Uint8Array.from({ length: width * height }, (_, i) => Number(isChanged(i)));
}

/** The longer sides of all that hangs together of what was changed, specks left out. */
export function changedParts(pixels: Pixels): number[] {
  const { width, height } = pixels;
  const left = changedPixels(pixels);
  const sides: number[] = [];
  for (let start = left.indexOf(1); start >= 0; start = left.indexOf(1, start)) {
    let [count, fromX, toX, fromY, toY] = [0, width, 0, height, 0];
    const open = [start];
    left[start] = 0;
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const [x, y] = [at % width, Math.floor(at / width)];
      count++;
      [fromX, toX, fromY, toY] = [Math.min(fromX, x), Math.max(toX, x + 1), Math.min(fromY, y), Math.max(toY, y + 1)];
      const around = [x > 0 ? at - 1 : at, x < width - 1 ? at + 1 : at, at - width, at + width];
      for (const next of around) {
        if (next < 0 || next >= width * height || !left[next]) continue;
        left[next] = 0;
        open.push(next);
      }
    }
    if (count > 20) sides.push(Math.max(toX - fromX, toY - fromY));
  }
  return sides;
}

/** Where a copy of a plain grey photo is no longer grey, as a share and as the box around all of it. */
export function changed(pixels: Pixels): Box & { share: number; rows: boolean[] } {
  const { width, height } = pixels;
  const rows = new Array<boolean>(height).fill(false);
  let [count, left, top, right, bottom] = [0, width, height, 0, 0];
  for (const [i, isChanged] of changedPixels(pixels).entries()) {
    if (!isChanged) continue;
    count++;
    const [x, y] = [i % width, Math.floor(i / width)];
    [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x + 1), Math.min(top, y), Math.max(bottom, y + 1)];
    rows[y] = true;
  }
  return { left, top, width: right - left, height: bottom - top, share: count / (width * height), rows };
}
