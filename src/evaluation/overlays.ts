import { type Pixels, pipeline, rendered } from './pixels.js';
import type { Random } from './random.js';

/** A photo shown on a telephone: flat bars of up to 15 % of the photo on each side and a status bar at the top. */
export async function drawScreen(photo: Pixels, random: Random): Promise<Pixels> {
  const margin = (side: number, from: number): number => Math.round(side * random.between(from, 0.15));
  const left = margin(photo.width, 0);
  const right = margin(photo.width, 0);
  const top = margin(photo.height, 0.05);
  const bottom = margin(photo.height, 0.03);
  const dark = random.next() < 0.7;
  const background = dark ? '#101014' : '#f4f4f6';
  const framed = await rendered(pipeline(photo).extend({ top, bottom, left, right, background }));
  const ink = dark ? '#f0f0f0' : '#202020';
  return compose(framed, statusBar(framed.width, top, ink, random) + homeBar(framed, bottom, ink));
}

/** Clock at the left, signal bars and battery at the right. */
function statusBar(width: number, height: number, ink: string, random: Random): string {
  const size = Math.min(height * 0.4, width * 0.03);
  const y = (height - size) / 2;
  const two = (below: number): string => `${random.below(below)}`.padStart(2, '0');
  const clock = `${two(24)}:${two(60)}`;
  const bars = [0.4, 0.6, 0.8, 1].map((h, i) =>
    rectangle(width - size * (5.5 - i * 0.45), y + size * (1 - h), size * 0.3, size * h),
  );
  const battery = rectangle(width - size * 2.8, y, size * 1.9, size);
  return `<g fill="${ink}">${digits(clock, size, y, size)}${bars.join('')}${battery}</g>`;
}

function homeBar({ width, height }: Pixels, margin: number, ink: string): string {
  const thickness = Math.max(1, margin * 0.12);
  return `<g fill="${ink}">${rectangle(width * 0.33, height - margin * 0.5, width * 0.34, thickness)}</g>`;
}

/** Date and time as a camera prints them, in one of the lower corners. */
export function drawTimestamp(photo: Pixels, random: Random): Promise<Pixels> {
  const two = (max: number): string => `${1 + random.below(max)}`.padStart(2, '0');
  const stamp = `20${two(26)}-${two(12)}-${two(28)} ${two(23)}:${two(59)}`;
  const size = photo.width * random.between(0.035, 0.05);
  const length = stamp.length * size * GLYPH_STEP;
  const x = random.next() < 0.5 ? size : photo.width - length - size;
  const y = photo.height - size * 2;
  const colour = random.next() < 0.5 ? '#ffb000' : '#ffffff';
  return compose(photo, `<g fill="${colour}">${digits(stamp, x, y, size)}</g>`);
}

function compose(photo: Pixels, shapes: string): Promise<Pixels> {
  const { width, height } = photo;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes}</svg>`;
  return rendered(pipeline(photo).composite([{ input: Buffer.from(svg) }]));
}

/** Rows of a 3 × 5 dot matrix, three bits each: no font is needed, so the drawing is the same on every machine. */
const GLYPHS: Readonly<Record<string, readonly number[]>> = {
  '0': [7, 5, 5, 5, 7],
  '1': [2, 6, 2, 2, 7],
  '2': [7, 1, 7, 4, 7],
  '3': [7, 1, 7, 1, 7],
  '4': [5, 5, 7, 1, 1],
  '5': [7, 4, 7, 1, 7],
  '6': [7, 4, 7, 5, 7],
  '7': [7, 1, 1, 1, 1],
  '8': [7, 5, 7, 5, 7],
  '9': [7, 5, 7, 1, 7],
  '-': [0, 0, 7, 0, 0],
  ':': [0, 2, 0, 2, 0],
  ' ': [0, 0, 0, 0, 0],
};

/** Width of a character and its gap, in heights of a character. */
const GLYPH_STEP = 0.8;

function digits(text: string, x: number, y: number, size: number): string {
  const dot = size / 5;
  let shapes = '';
  for (const [at, character] of [...text].entries()) {
    for (const [row, bits] of (GLYPHS[character] ?? []).entries()) {
      for (let column = 0; column < 3; column++) {
        if ((bits & (4 >> column)) === 0) continue;
        shapes += rectangle(x + at * size * GLYPH_STEP + column * dot, y + row * dot, dot * 1.02, dot * 1.02);
      }
    }
  }
  return shapes;
}

function rectangle(x: number, y: number, width: number, height: number): string {
  const [a, b, c, d] = [x, y, width, height].map((value) => value.toFixed(2));
  return `<rect x="${a}" y="${b}" width="${c}" height="${d}"/>`;
}
