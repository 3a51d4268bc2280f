import { decide } from '../../decision/decide.js';
import type { EvaluatedRule } from '../evaluate.js';
import type { ScoredPair } from '../judged-pairs.js';
import { scoreText } from '../score-text.js';
import { escapeMarkup } from './escape-markup.js';

export interface GalleryOptions {
  readonly misses: readonly ScoredPair[];
  readonly falseHits: readonly ScoredPair[];
  /** True if the false hits do not reach the threshold, but come closest to it. */
  readonly closestOnly: boolean;
  readonly rule: EvaluatedRule | undefined;
  /** A small JPEG of a photo; undefined where none could be made. */
  readonly thumbnail: (side: 'query' | 'reference', name: string) => Buffer | undefined;
}

/** A page of the worst misses and false hits, pictures inside: it asks for nothing from anywhere. */
export function gallery(options: GalleryOptions): string {
  const { misses, falseHits, closestOnly } = options;
  const falseTitle = closestOnly ? 'No false hits; the closest pairs that are no copies' : 'False hits, highest first';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Misses and false hits</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Misses and false hits</h1>
<h2>Missed copies, lowest score first (${misses.length})</h2>
${section(misses, options, 'No copy is missed.')}
<h2>${falseTitle} (${falseHits.length})</h2>
${section(falseHits, options, 'There is no other pair.')}
</body>
</html>
`;
}

const STYLE =
  ':root{color-scheme:light dark}body{font:15px system-ui,sans-serif;margin:1.5rem}' +
  '.pairs{display:grid;grid-template-columns:repeat(auto-fill,minmax(24rem,1fr));gap:1rem;padding:0;list-style:none}' +
  'li{border:1px solid #8886;border-radius:6px;padding:.6rem}.photos{display:flex;gap:.5rem}' +
  'figure{margin:0;flex:1;min-width:0}img,.none{width:100%;height:11rem;object-fit:contain;background:#8882;display:block}' +
  'figcaption{font-size:.8rem;overflow-wrap:anywhere;opacity:.8}p{margin:.2rem 0 .5rem}b{font-variant-numeric:tabular-nums}';

function section(pairs: readonly ScoredPair[], options: GalleryOptions, none: string): string {
  if (pairs.length === 0) return `<p>${none}</p>`;
  return `<ul class="pairs">\n${pairs.map((pair) => item(pair, options)).join('\n')}\n</ul>`;
}

function item({ query, reference, edit, score }: ScoredPair, { rule, thumbnail }: GalleryOptions): string {
  const said = [`score <b>${Number.isFinite(score) ? scoreText(score) : 'none'}</b>`];
  if (rule?.logistic !== undefined) {
    const { band, probability } = decide(score, { ...rule, logistic: rule.logistic });
    said.push(`probability <b>${(probability * 100).toFixed(1)} %</b>`, band);
  }
  if (edit !== undefined) said.push(escapeMarkup(edit));
  const figures = figure('query', query, thumbnail) + figure('reference', reference, thumbnail);
  return `<li><p>${said.join(' · ')}</p><div class="photos">${figures}</div></li>`;
}

function figure(side: 'query' | 'reference', name: string, thumbnail: GalleryOptions['thumbnail']): string {
  const jpeg = thumbnail(side, name);
  const shown =
    jpeg === undefined
      ? '<div class="none"></div>'
      : `<img alt="" src="data:image/jpeg;base64,${jpeg.toString('base64')}">`;
  return `<figure>${shown}<figcaption>${side}: ${escapeMarkup(name)}</figcaption></figure>`;
}
