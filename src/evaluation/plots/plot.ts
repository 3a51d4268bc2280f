import { escapeMarkup } from './escape-markup.js';

/** One axis of a plot: values `from` to `to`, of which `ticks` are labelled. */
export interface Axis {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
}

export interface PlotOptions {
  readonly title: string;
  readonly subtitle?: string;
  readonly x: Axis;
  readonly y: Axis;
  /** What is drawn, in the pixels that `place` gives. */
  readonly draw: (place: (x: number, y: number) => readonly [number, number]) => string;
  readonly legend?: readonly { readonly label: string; readonly colour: string; readonly dashed?: boolean }[];
}

/** Colours that can be told apart on white and on black, also by most who see colours differently. */
export const COLOURS = { copies: '#2f7ed8', others: '#e07b26', thresholds: '#8a63d2' } as const;

const [WIDTH, HEIGHT] = [720, 460];
const ROOM = { left: 72, right: 24, top: 64, bottom: 88 };

/** A plot as one SVG document: no script, no font file, no request; it follows the reader's light or dark setting. */
export function plot({ title, subtitle = '', x, y, draw, legend = [] }: PlotOptions): string {
  const [width, height] = [WIDTH - ROOM.left - ROOM.right, HEIGHT - ROOM.top - ROOM.bottom];
  const place = (px: number, py: number): readonly [number, number] => [
    round(ROOM.left + ((px - x.from) / (x.to - x.from)) * width),
    round(ROOM.top + height - ((py - y.from) / (y.to - y.from)) * height),
  ];
  const [left, bottom] = [ROOM.left, ROOM.top + height];
  const ticksX = x.ticks.map(({ at, label }) => {
    const [tick] = place(at, y.from);
    return `<path class="grid" d="M${tick} ${ROOM.top}V${bottom}"/><text x="${tick}" y="${bottom + 18}" text-anchor="middle">${escapeMarkup(label)}</text>`;
  });
  const ticksY = y.ticks.map(({ at, label }) => {
    const [, tick] = place(x.from, at);
    return `<path class="grid" d="M${left} ${tick}H${left + width}"/><text x="${left - 8}" y="${tick + 4}" text-anchor="end">${escapeMarkup(label)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeMarkup(title)}">`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<text class="title" x="${left}" y="26">${escapeMarkup(title)}</text><text x="${left}" y="46">${escapeMarkup(subtitle)}</text>`,
    ...ticksX,
    ...ticksY,
    `<path class="axis" d="M${left} ${ROOM.top}V${bottom}H${left + width}"/>`,
    draw(place),
    `<text x="${left + width / 2}" y="${bottom + 40}" text-anchor="middle">${escapeMarkup(x.label)}</text>`,
    `<text transform="translate(18 ${ROOM.top + height / 2}) rotate(-90)" text-anchor="middle">${escapeMarkup(y.label)}</text>`,
    ...legendEntries(legend),
    '</svg>',
  ].join('\n');
}

const STYLE =
  'text{font:13px system-ui,sans-serif;fill:#333}.title{font-size:16px;font-weight:600}.ground{fill:#fff}' +
  '.axis{fill:none;stroke:#555}.grid{fill:none;stroke:#8884}' +
  '@media(prefers-color-scheme:dark){text{fill:#ddd}.ground{fill:#161618}.axis{stroke:#aaa}}';

function legendEntries(legend: NonNullable<PlotOptions['legend']>): string[] {
  let at = ROOM.left;
  return legend.map(({ label, colour, dashed }) => {
    const line = `<path d="M${at} ${HEIGHT - 18}h22" stroke="${colour}" stroke-width="3"${dashed ? ' stroke-dasharray="5 4"' : ''}/>`;
    const text = `<text x="${at + 28}" y="${HEIGHT - 14}">${escapeMarkup(label)}</text>`;
    at += 52 + label.length * 7;
    return line + text;
  });
}

/** A line through points. @param d points in pixels */
export function line(points: readonly (readonly [number, number])[], colour: string, more = ''): string {
  if (points.length === 0) return '';
  const d = points.map(([px, py], i) => `${i === 0 ? 'M' : 'L'}${px} ${py}`).join('');
  return `<path d="${d}" fill="none" stroke="${colour}" stroke-width="2"${more}/>`;
}

/** 0, .2 … 1 as percent. */
export const PERCENT_TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1].map((at) => ({ at, label: `${Math.round(at * 100)} %` }));

/** Three to nine round numbers within a range. */
export function roundTicks(from: number, to: number): { at: number; label: string }[] {
  const rough = (to - from) / 8;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? power;
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  const ticks = [];
  for (let n = Math.ceil(from / step - 1e-9); n * step <= to + 1e-9 * step; n++) {
    ticks.push({ at: n * step, label: (n * step).toFixed(digits) });
  }
  return ticks;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
