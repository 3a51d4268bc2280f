/** Pixels of one panel, its margin and legend included. */
export const PANEL = { width: 470, height: 370 };

const [LEFT, RIGHT, TOP, BOTTOM] = [62, 28, 30, 92];
const LEGEND_ROW_HEIGHT = 18;

/** Draws one diagram with both axes logarithmic; its legend, which tells the dashes apart, stands below in two columns. */
export function logPanel({ title, series, legend }, grey) {
  const points = series.flatMap((each) => each.points);
  if (points.length === 0) return '';
  const x = axis(
    points.map(([entries]) => entries),
    LEFT,
    PANEL.width - RIGHT,
  );
  const y = axis(
    points.map(([, value]) => value),
    PANEL.height - BOTTOM,
    TOP,
  );
  const grid = [
    ...x.ticks.map((value) => line(x.at(value), TOP, x.at(value), PANEL.height - BOTTOM, grey)),
    ...y.ticks.map((value) => line(LEFT, y.at(value), PANEL.width - RIGHT, y.at(value), grey)),
  ];
  const labels = [
    ...x.ticks.map((value) => text(x.at(value), PANEL.height - BOTTOM + 16, short(value), 'middle')),
    ...y.ticks.map((value) => text(LEFT - 6, y.at(value) + 4, short(value), 'end')),
    text((LEFT + PANEL.width - RIGHT) / 2, PANEL.height - BOTTOM + 33, 'entries', 'middle'),
    `<text x="${LEFT}" y="${TOP - 10}" font-size="14" font-weight="600">${title}</text>`,
  ];
  const curves = series.map(({ colour, dash, points }) => {
    const places = points.map(([entries, value]) => [round(x.at(entries)), round(y.at(value))]);
    const dots = places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`);
    return `<polyline points="${places.join(' ')}" fill="none" ${stroked(colour, dash)}/>${dots.join('')}`;
  });
  const keys = legend.map(({ label, dash }, i) => {
    const left = LEFT + (i % 2) * ((PANEL.width - LEFT) / 2);
    const top = PANEL.height - BOTTOM + 54 + Math.floor(i / 2) * LEGEND_ROW_HEIGHT;
    const sample = `<line x1="${left}" x2="${left + 30}" y1="${top - 4}" y2="${top - 4}" ${stroked(grey, dash)}/>`;
    return `${sample}${text(left + 38, top, label, 'start')}`;
  });
  return [...grid, ...labels, ...curves, ...keys].join('\n');
}

const stroked = (colour, dash) => `stroke="${colour}" stroke-width="2"${dash ? ` stroke-dasharray="${dash}"` : ''}`;

/** Whole powers of ten around the values, with 2 and 5 between them where there are few powers. */
function axis(values, from, to) {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const steps = high - low <= 2 ? [1, 2, 5] : [1];
  const ticks = [];
  for (let power = low; power <= high; power++) {
    for (const step of power === high ? [1] : steps) ticks.push(step * 10 ** power);
  }
  return { ticks, at: (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from) };
}

function short(value) {
  if (value >= 1e6) return `${value / 1e6}M`;
  if (value >= 1e3) return `${value / 1e3}k`;
  return `${Number(value.toPrecision(1))}`;
}

function line(x1, y1, x2, y2, stroke) {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${stroke}" stroke-opacity=".3"/>`;
}

function text(x, y, content, anchor) {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${content}</text>`;
}

function round(value) {
  return Math.round(value * 10) / 10;
}
