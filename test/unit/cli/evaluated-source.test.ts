import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fromFolders, fromScores } from '../../../src/cli/evaluation/evaluated-source.js';
import { evaluatePairs } from '../../../src/evaluation/evaluate.js';

const root = mkdtempSync(join(tmpdir(), 'claimprint-source-'));
afterAll(() => rmSync(root, { recursive: true }));
const file = (name: string, text: string): string => {
  const path = join(root, name);
  writeFileSync(path, text);
  return path;
};
const truth = file('truth.tsv', 'q1\tr1\nq2\t');
const model = 'sscd-disc-mixup';

describe('another method’s scores', () => {
  it('reach a threshold that says the same, to the last digit', async () => {
    for (const [scores, threshold, distances] of [
      ['q1\tr1\t0.9', '0.9', false],
      ['q1\tr1\t16778.1', '16778.1', false],
      ['q1\tr1\t0.1', '0.1', true],
    ] as const) {
      const options = { model, truth, scores: file('scores.tsv', scores), review: threshold, distances };
      const { judged, rule } = await fromScores(options, 1);
      expect(evaluatePairs(judged, rule).review, scores).toMatchObject({ pairs: { tp: 1, fn: 0 }, photos: { tp: 1 } });
    }
  });

  it('are distances by --distances alone where they stand alone', async () => {
    const options = { model, truth, queries: root, references: root, distances: true };
    const refused = { code: 'BAD_REQUEST', message: expect.stringMatching(/--distances goes with --scores/) };
    await expect(fromFolders(options, 1)).rejects.toMatchObject(refused);
  });
});
