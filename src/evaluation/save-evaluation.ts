import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EvaluatedRule, type Evaluation, worstMisses } from './evaluate.js';
import type { JudgedPairs } from './judged-pairs.js';
import { gallery } from './plots/gallery.js';
import { precisionRecallPlot } from './plots/precision-recall-plot.js';
import { reliabilityPlot } from './plots/reliability-plot.js';
import { scorePlot } from './plots/score-plot.js';

export interface SaveEvaluationOptions {
  readonly out: string;
  readonly evaluation: Evaluation;
  readonly judged: JudgedPairs;
  readonly rule: EvaluatedRule | undefined;
  /** The whole report, for report.json. */
  readonly report: object;
  /** A small JPEG of a photo; undefined where none could be made. */
  readonly thumbnail: (side: 'query' | 'reference', name: string) => Promise<Buffer | undefined>;
}

/** Misses and false hits that the gallery shows, each. */
export const GALLERY_PAIRS = 60;
const RELIABILITY = 'reliability.svg';

/**
 * Writes report.json, the plots and the gallery into a folder that is there, and removes an earlier evaluation's plot that this
 * one has not.
 * @returns the names of the files
 */
export async function saveEvaluation(options: SaveEvaluationOptions): Promise<string[]> {
  const { out, evaluation, judged, report } = options;
  const files: Record<string, string> = {
    'report.json': `${JSON.stringify(report, null, 2)}\n`,
    'precision-recall.svg': precisionRecallPlot(evaluation),
    'scores.svg': scorePlot(judged, evaluation),
    ...(evaluation.calibration !== null && { [RELIABILITY]: reliabilityPlot(evaluation.calibration) }),
    'gallery.html': await makeGallery(options),
  };
  if (evaluation.calibration === null) await rm(join(out, RELIABILITY), { force: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(out, name), text);
  return Object.keys(files);
}

async function makeGallery({ evaluation, judged, rule, thumbnail }: SaveEvaluationOptions): Promise<string> {
  // Without thresholds the worst are those that are missed where nothing else is found yet.
  const threshold = evaluation.review?.threshold ?? evaluation.ranking.recallAtZeroFalseHits.threshold ?? Infinity;
  const misses = worstMisses(judged.copies, threshold, GALLERY_PAIRS);
  const closest = judged.closest.filter(({ score }) => Number.isFinite(score));
  const hits = closest.filter(({ score }) => score >= threshold);
  const falseHits = (hits.length > 0 ? hits : closest).slice(0, GALLERY_PAIRS);
  const pictures = new Map<string, Buffer | undefined>();
  for (const { query, reference } of [...misses, ...falseHits]) {
    for (const [side, name] of [
      ['query', query],
      ['reference', reference],
    ] as const) {
      const key = `${side}\t${name}`;
      if (!pictures.has(key)) pictures.set(key, await thumbnail(side, name));
    }
  }
  return gallery({
    misses,
    falseHits,
    closestOnly: hits.length === 0,
    rule,
    thumbnail: (side, name) => pictures.get(`${side}\t${name}`),
  });
}
