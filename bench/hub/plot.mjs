import { logPanel, PANEL } from './log-panel.mjs';

/** Mid tones that are seen on white and on black. One for each run. */
const COLOURS = ['#2f86d6', '#d9702b', '#3a9d5d', '#b05cc6', '#c9a227', '#7d8894'];
/** One for each figure of a run: solid, dashed, dotted, dash-dotted. */
const DASHES = ['', '7 4', '2 4', '9 4 2 4'];
const GREY = '#808080';

const PANELS = [
  {
    title: 'A search, ms',
    figures: {
      p50: ({ search }) => search.p50Ms,
      p99: ({ search }) => search.p99Ms,
      'hub CPU': ({ search }) => search.hubCpuMs,
      'raw Qdrant p50': ({ search }) => search.raw?.p50Ms,
    },
  },
  {
    title: 'Entries per second',
    figures: {
      acknowledged: ({ submit }) => submit.acknowledgedPerSecond,
      searchable: ({ submit }) => submit.searchablePerSecond,
      'raw Qdrant': ({ submit }) => submit.raw?.perSecond,
      rebuilt: ({ rebuild }) => rebuild?.vectorsPerSecond,
    },
  },
  {
    title: 'Bytes per entry',
    figures: {
      'ledger disk': ({ bytesPerEntry }) => bytesPerEntry.ledgerDisk,
      'hub memory': ({ bytesPerEntry }) => bytesPerEntry.hubMemory,
      'Qdrant memory': ({ bytesPerEntry }) => bytesPerEntry.qdrantMemory,
      'Qdrant disk': ({ bytesPerEntry }) => bytesPerEntry.qdrantDisk,
    },
  },
  {
    title: 'Seconds until ready',
    figures: {
      'after a restart': ({ restart }) => restart.readyMs / 1000,
      'all optimised': ({ build }) => build?.secondsToGreen,
    },
  },
];

/** An SVG of how cost grows with the number of entries: one panel a question, one colour a run, one dash a figure. */
export function plot(runs) {
  const columns = 2;
  const panels = PANELS.map(({ title, figures }) => {
    const shown = Object.entries(figures).map(([label, of], figure) => ({ label, of, dash: DASHES[figure] }));
    const series = runs.flatMap(({ results }, run) =>
      shown.map(({ of, dash }) => ({ colour: colourOf(run), dash, points: pointsOf(results, of) })),
    );
    const legend = shown.filter(({ of }) => runs.some(({ results }) => pointsOf(results, of).length > 0));
    return { title, series, legend };
  });
  const width = columns * PANEL.width;
  const height = HEAD + Math.ceil(panels.length / columns) * PANEL.height;
  const drawn = panels.map((panel, i) => {
    const at = `translate(${(i % columns) * PANEL.width} ${HEAD + Math.floor(i / columns) * PANEL.height})`;
    return `<g transform="${at}">${logPanel(panel, GREY)}</g>`;
  });
  const names = runs.map(
    ({ index, ledger }, run) => `<tspan fill="${colourOf(run)}">●</tspan> ${index} index, ${ledger}`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
    ` font-family="system-ui, sans-serif" font-size="12" fill="${GREY}">`,
    `<text x="${width / 2}" y="24" font-size="16" text-anchor="middle">How cost grows with the number of entries</text>`,
    `<text x="${width / 2}" y="44" font-size="13" text-anchor="middle">${names.join('  ')}</text>`,
    `<text x="${width / 2}" y="62" text-anchor="middle">${escapeXml(runs[0].machine)}</text>`,
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

const HEAD = 76;

const colourOf = (run) => COLOURS[run % COLOURS.length];

/** Small runs can cost less than nothing; a logarithm has no place for that. */
const pointsOf = (results, of) => results.map((result) => [result.entries, of(result)]).filter(([, y]) => y > 0);

function escapeXml(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
