import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluatePairs } from '../../../src/evaluation/evaluate.js';
import { judgePairs } from '../../../src/evaluation/judged-pairs.js';
import { escapeMarkup } from '../../../src/evaluation/plots/escape-markup.js';
import { gallery } from '../../../src/evaluation/plots/gallery.js';
import { roundTicks } from '../../../src/evaluation/plots/plot.js';
import { precisionRecallPlot } from '../../../src/evaluation/plots/precision-recall-plot.js';
import { reliabilityPlot } from '../../../src/evaluation/plots/reliability-plot.js';
import { scorePlot } from '../../../src/evaluation/plots/score-plot.js';
import { seededRandom } from '../../../src/evaluation/random.js';
import { saveEvaluation } from '../../../src/evaluation/save-evaluation.js';
import { parseTruth } from '../../../src/evaluation/truth.js';

const rule = { review: 0.5, duplicate: 0.7, logistic: { slope: 20, intercept: -10 }, prior: 0.1 };
const random = seededRandom('plots');
const names = Array.from({ length: 20 }, (_, i) => `photo-${i}`);
const truth = parseTruth(names.map((name) => `${name}\t${name}`).join('\n'));
const scores = Float32Array.from({ length: 400 }, (_, i) => random.next() * (i % 21 === 0 ? 1 : 0.6));
const judged = judgePairs({ queries: names, references: names, scores }, truth, 10);
const evaluation = evaluatePairs(judged, rule);

/** All coordinates of circles and paths lie on the picture, and tags are balanced. */
function expectDrawing(svg: string): void {
  expect(svg).toMatch(/^<svg xmlns=/);
  expect(svg).not.toMatch(/NaN|Infinity|undefined|null|<script|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
  const open: string[] = [];
  for (const [, close, name, self] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
    if (close) expect(open.pop()).toBe(name);
    else if (!self) open.push(name!);
  }
  expect(open).toEqual([]);
  for (const [, x, y] of svg.matchAll(/c[xy]="([\d.-]+)" cy="([\d.-]+)"/g)) {
    expect(Number(x)).toBeGreaterThanOrEqual(72);
    expect(Number(x)).toBeLessThanOrEqual(696);
    expect(Number(y)).toBeGreaterThanOrEqual(60);
    expect(Number(y)).toBeLessThanOrEqual(372);
  }
}

describe('the plots', () => {
  it('are drawings of their own with axes, labels and thresholds', () => {
    const all = [
      precisionRecallPlot(evaluation),
      scorePlot(judged, evaluation),
      reliabilityPlot(evaluation.calibration!),
    ];
    for (const svg of all) expectDrawing(svg);
    expect(all[0]).toContain('precision: share of the hits that are copies');
    expect(all[1]).toContain('DUPLICATE 0.7');
    expect(all[2]).toContain('probability that was said');
  });

  it('can be drawn of nothing, of one score and of pairs without any', () => {
    const cases = [
      { queries: ['photo-0'], references: ['other'], scores: Float32Array.of(0.3) },
      { queries: ['photo-0'], references: ['photo-0'], scores: Float32Array.of(0.3) },
      { queries: ['photo-0'], references: ['photo-0', 'other'], scores: Float32Array.of(-Infinity, -Infinity) },
      { queries: [], references: [], scores: new Float32Array(0) },
    ];
    for (const matrix of cases) {
      const pairs = judgePairs(matrix, truth, 10);
      const report = evaluatePairs(pairs, rule);
      for (const svg of [precisionRecallPlot(report), scorePlot(pairs, report), reliabilityPlot(report.calibration!)]) {
        expectDrawing(svg);
      }
    }
  });
});

describe('roundTicks', () => {
  it('gives three to nine round numbers within the range', () => {
    for (const [from, to] of [
      [-0.21, 1.02],
      [0, 64],
      [-1e6, 3],
      [0.5, 0.52],
      [0.1, 16.9],
    ] as const) {
      const ticks = roundTicks(from, to);
      expect(ticks.length).toBeGreaterThanOrEqual(3);
      expect(ticks.length).toBeLessThanOrEqual(9);
      expect(ticks.every(({ at }) => at >= from - 1e-9 && at <= to + 1e-9)).toBe(true);
      expect(new Set(ticks.map(({ label }) => label)).size).toBe(ticks.length);
    }
  });
});

describe('saveEvaluation', () => {
  it('leaves no plot of an earlier evaluation that this one has not', async () => {
    const out = mkdtempSync(join(tmpdir(), 'claimprint-saved-'));
    for (const of of [rule, undefined]) {
      const [report, thumbnail] = [{}, () => Promise.resolve(undefined)];
      await saveEvaluation({ out, evaluation: evaluatePairs(judged, of), judged, rule: of, report, thumbnail });
      expect(existsSync(join(out, 'reliability.svg'))).toBe(of !== undefined);
    }
    rmSync(out, { recursive: true });
  });
});

describe('gallery', () => {
  const nasty = `"><img src=x onerror=alert(1)>&\u202e.jpg`;
  const pair = { query: nasty, reference: nasty, edit: '<i>edit</i>', score: -Infinity };
  const page = gallery({
    misses: [pair],
    falseHits: [{ ...pair, score: 0.9 }],
    closestOnly: false,
    rule,
    thumbnail: (side) => (side === 'query' ? Buffer.from('jpeg') : undefined),
  });

  it('holds its pictures and lets names be nothing but names', () => {
    expect(page).toContain(`src="data:image/jpeg;base64,${Buffer.from('jpeg').toString('base64')}"`);
    expect(page.match(/<img/g)).toHaveLength(2);
    expect(page).toContain(escapeMarkup('<i>edit</i>'));
    expect(page).not.toMatch(/<i>|<img src=x/);
    expect(page).toContain(escapeMarkup(nasty));
  });

  it('asks for nothing from anywhere', () => {
    expect(page).toContain(`default-src 'none'`);
    expect(page).not.toMatch(/https?:|<script|<link|url\(/);
  });
});
