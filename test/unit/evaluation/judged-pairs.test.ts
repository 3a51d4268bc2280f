import { describe, expect, it } from 'vitest';
import { formatBeside } from '../../../src/evaluation/beside.js';
import { checkTruth } from '../../../src/evaluation/check-truth.js';
import { evaluatePairs, worstMisses } from '../../../src/evaluation/evaluate.js';
import { formatEvaluation } from '../../../src/evaluation/evaluation-report.js';
import { judgePairs } from '../../../src/evaluation/judged-pairs.js';
import { formatWorstScenes, worstScenes } from '../../../src/evaluation/kinds/worst-scenes.js';
import { readScores } from '../../../src/evaluation/scores-file.js';
import { parseTruth } from '../../../src/evaluation/truth.js';

const references = ['r1', 'r2', 'r3'];
const truth = parseTruth('q1\tr1\tmirror\nq1\tr3\tmirror\tignored\nq2\tr2\tgrey\nq3\t');
const matrix = {
  queries: ['q1', 'q2', 'q3'],
  references,
  // Rows: q1, q2, q3.
  scores: Float32Array.of(0.75, 0.25, 0.875, 0.5, 0.375, 0.125, 0.125, 0.625, 0),
};
const rule = { review: 0.5, duplicate: 0.7, logistic: { slope: 20, intercept: -10 }, prior: 0.1 };

describe('judgePairs', () => {
  const judged = judgePairs(matrix, truth, 2);

  it('tells copies from others and leaves out what counts neither way', () => {
    expect(judged.copies).toEqual([
      { query: 'q1', reference: 'r1', edit: 'mirror', score: 0.75 },
      { query: 'q2', reference: 'r2', edit: 'grey', score: 0.375 },
    ]);
    expect([...judged.others]).toEqual([0.25, 0.5, 0.125, 0.125, 0.625, 0]);
    expect(judged.ignored).toBe(1);
    expect(judged.queries).toEqual([
      { query: 'q1', hasPartner: true, copy: 0.75, other: 0.25 },
      { query: 'q2', hasPartner: true, copy: 0.375, other: 0.5 },
      { query: 'q3', hasPartner: false, copy: -Infinity, other: 0.625 },
    ]);
  });

  it('keeps the highest of the others by name', () => {
    expect(judged.closest.map(({ query, reference, score }) => [query, reference, score])).toEqual([
      ['q3', 'r2', 0.625],
      ['q2', 'r1', 0.5],
    ]);
    const many = Float32Array.from({ length: 3000 }, (_, i) => ((i * 7919) % 3000) / 3000);
    const names = Array.from({ length: 3000 }, (_, i) => `r${i}`);
    const { closest } = judgePairs({ queries: ['q3'], references: names, scores: many }, truth, 5);
    expect(closest.map(({ score }) => Math.round(score * 3000))).toEqual([2999, 2998, 2997, 2996, 2995]);
  });

  it('does not hold a copy’s twin file against anybody', () => {
    const twins = new Map([
      ['r1', ['r1', 'r2']],
      ['r2', ['r1', 'r2']],
    ]);
    const { copies, ignored } = judgePairs(matrix, truth, 2, twins);
    expect(copies.map(({ query, reference }) => [query, reference])).toEqual([
      ['q1', 'r1'],
      ['q2', 'r2'],
    ]);
    expect(ignored).toBe(3);
  });
});

describe('evaluatePairs', () => {
  const evaluation = evaluatePairs(judgePairs(matrix, truth, 2), rule);

  it('has the values computed by hand', () => {
    expect(evaluation.queries).toEqual({ withPartner: 2, withoutPartner: 1 });
    expect(evaluation.pairs).toEqual({ copies: 2, others: 6, ignored: 1 });
    // Best first: copy .75, other .625, other .5, copy .375.
    expect(evaluation.ranking.microAveragePrecision).toBeCloseTo((1 + 2 / 4) / 2, 12);
    expect(evaluation.ranking.recallAtZeroFalseHits).toEqual({ recall: 0.5, threshold: 0.75 });
    expect(evaluation.ranking.accuracyAtOne).toMatchObject({ hits: 1, trials: 2 });
    expect(evaluation.review).toMatchObject({
      pairs: { tp: 1, fp: 2, tn: 4, fn: 1, tpr: 0.5, ppv: 1 / 3 },
      photos: { tp: 1, fp: 1, tn: 0, fn: 1 },
      falselyFlagged: { hits: 2, trials: 3 },
    });
    expect(evaluation.duplicate).toMatchObject({
      pairs: { tp: 1, fp: 0, tn: 6, fn: 1 },
      photos: { tp: 1, fp: 0, tn: 1, fn: 1 },
    });
    expect(evaluation.edits.map(({ edit, review }) => [edit, review?.hits, review?.trials])).toEqual([
      ['mirror', 1, 1],
      ['grey', 0, 1],
    ]);
  });

  it('weighs the probabilities of pairs as rare as assumed, and those of best matches each alike', () => {
    const { pairs, bestMatches } = evaluation.calibration!;
    expect(pairs.bins.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(pairs.bins.reduce((sum, { share, cameTrue }) => sum + share * (cameTrue ?? 0), 0)).toBeCloseTo(0.1, 12);
    expect(bestMatches.bins.reduce((sum, { count }) => sum + count, 0)).toBe(3);
  });

  it('measures a ranking alone where there are no thresholds, and nothing where there is nothing', () => {
    const ranked = evaluatePairs(judgePairs(matrix, truth, 2), undefined);
    expect([ranked.review, ranked.duplicate, ranked.calibration]).toEqual([null, null, null]);
    const none = evaluatePairs(
      judgePairs({ queries: ['q3'], references, scores: Float32Array.of(0, 0.6, 0.1) }, truth, 2),
      rule,
    );
    expect(none.ranking.microAveragePrecision).toBeNull();
    expect(none.review!.photos).toMatchObject({ fp: 1, tpr: null, fpr: 1 });
    for (const report of [evaluation, ranked, none]) expect(formatEvaluation(report)).not.toMatch(/NaN|undefined|null/);
  });

  it('shows names that others chose without what would steer a terminal', () => {
    const hidden = parseTruth('q1\tr1\t\u001b[2Jcrop\nq2\tr2');
    const report = evaluatePairs(judgePairs(matrix, hidden, 0), rule);
    for (const text of [formatEvaluation(report), formatBeside([{ method: 'by\u202ehash', ...report }])]) {
      expect(text).toContain('\ufffd[2Jcrop');
      expect(text).not.toMatch(/[\u001b\u202e]/);
    }
    const pair = { isCopy: false, edit: undefined, group: 'scene \u009b2J' };
    expect(formatWorstScenes(worstScenes([pair], () => true))).toEqual([
      '  scene \ufffd2J: 100 % of 1 pairs called COPY',
    ]);
  });

  it('finds the worst misses first', () => {
    const { copies } = judgePairs(matrix, truth, 2);
    expect(worstMisses(copies, 0.8, 5).map(({ score }) => score)).toEqual([0.375, 0.75]);
    expect(worstMisses(copies, 0.5, 5).map(({ score }) => score)).toEqual([0.375]);
  });
});

describe('checkTruth', () => {
  it('names the photos that are not there and their lines', () => {
    const lines = parseTruth('a\tx\nb\tgone.jpg\n\nlost.jpg\tx\nlost.jpg\ty');
    const check = () => checkTruth(lines, new Set(['a', 'b']), new Set(['x', 'y']));
    expect(check).toThrowError(expect.objectContaining({ code: 'NOT_FOUND' }));
    expect(check).toThrowError(/2 photos .*query lost\.jpg \(line 4\), reference gone\.jpg \(line 2\)\.$/);
  });

  it('shows ten names of many, and refuses a file without any', () => {
    const lines = parseTruth(Array.from({ length: 25 }, (_, i) => `q${i}\tr`).join('\n'));
    expect(() => checkTruth(lines, new Set(), new Set(['r']))).toThrowError(
      /25 photos .*q9 \(line 10\), and 15 more\.$/,
    );
    expect(() => checkTruth([], new Set(), new Set())).toThrowError(/names no query/);
  });
});

describe('readScores', () => {
  it('takes pairs without a score as never found', () => {
    const {
      queries,
      references: columns,
      scores,
    } = readScores({ text: 'query\treference\tscore\nq1\tr1\t0.5\nq3\tr9\t2', truth });
    expect([queries, columns]).toEqual([
      ['q1', 'q2', 'q3'],
      ['r1', 'r3', 'r2', 'r9'],
    ]);
    expect([...scores].filter(Number.isFinite)).toEqual([0.5, 2]);
    expect(scores).toHaveLength(12);
  });

  it('turns distances round', () => {
    const { scores } = readScores({ text: 'q1\tr1\t4', truth, references, distances: true });
    expect(scores[0]).toBe(-4);
    const said = readScores({ text: 'query\treference\tdistance\nq1\tr1\t4', truth, references });
    expect(said.scores[0]).toBe(-4);
    const remarked = readScores({ text: '# a hash\nquery\treference\tdistance\nq1\tr1\t4', truth, references });
    expect(remarked.scores[0]).toBe(-4);
  });

  it('keeps every digit of a score, through to the rankings', () => {
    const read = readScores({ text: 'q1\tr1\t0.9\nq2\tr1\t0.1\nq2\tr2\t0.10000000001', truth, references });
    const judged = judgePairs(read, truth, 1);
    expect([judged.copies.map(({ score }) => score), Math.max(...judged.others)]).toEqual([[0.9, 0.10000000001], 0.1]);
    expect(evaluatePairs(judged, undefined).ranking).toMatchObject({
      microAveragePrecision: 1,
      recallAtZeroFalseHits: { recall: 1, threshold: 0.10000000001 },
    });
  });

  it('passes over what is left out of the evaluation', () => {
    const leftOut = { queries: new Set(['q2']), references: new Set(['r3']) };
    const text = 'q1\tr1\t1\nq1\tr3\t2\nq2\tr1\t3';
    const left = readScores({ text, truth, references: ['r1', 'r2'], leftOut });
    expect(left.queries).toEqual(['q1', 'q3']);
    expect([...left.scores].filter(Number.isFinite)).toEqual([1]);
  });

  it.each([
    ['q1\tr1\tnear', /Line 1 .*finite number/],
    ['q1\tr1\t', /Line 1 .*finite number/],
    ['q1\tr1\t1\nq7\tr1\t1', /Line 2 .*names the query q7/],
    ['q1\tr7\t1', /Line 1 .*names the reference r7/],
    ['q1\tr1\t1\n\nq1\tr1\t2', /Line 3 .*scores the same pair as line 1/],
    ['# hashes\nquery\treference\tdist\nq1\tr1\t1', /Line 2 .*calls the third column "dist"/],
  ])('refuses %j and names the line', (text, message) => {
    expect(() => readScores({ text, truth, references })).toThrowError(
      expect.objectContaining({ code: 'BAD_REQUEST' }),
    );
    expect(() => readScores({ text, truth, references })).toThrowError(message);
  });

  it('refuses more pairs than fit in memory', () => {
    const wide = Array.from({ length: 100_000 }, (_, i) => `r${i + 1}`);
    const long = Array.from({ length: 3000 }, (_, i) => ({ ...truth[0]!, query: `q${i}` }));
    expect(() => readScores({ text: '', truth: long, references: wide })).toThrowError(
      expect.objectContaining({ code: 'TOO_LARGE' }),
    );
  });
});
