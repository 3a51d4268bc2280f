import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VectorEncoding } from '../../../src/protocol/vector.js';
import { direction, leaf, near, OFFSET, type RunningHub, runHub, type TestNode } from './test-hub.js';

/** How far a score may be from that of the vectors before they travelled. */
const MOST_ERROR: Readonly<Record<VectorEncoding, number>> = { f32: 1e-5, f16: 1e-3, int8: 3e-3 };
const COSINES = [-0.2, 0.1, 0.35, 0.5, 0.65, 0.8, 0.9, 0.97, 0.999];

let running: RunningHub;
beforeAll(async () => {
  running = await runHub();
});
afterAll(() => running?.stop());

describe.each(['f32', 'f16', 'int8'] as const)('vectors that travel as %s', (encoding) => {
  const photo = direction(`photo in ${encoding}`);
  let node: TestNode;

  it('are acknowledged with a receipt', async () => {
    node = await running.tenant(`insurer-${encoding}`);
    const leaves = COSINES.map((cosine, i) => leaf(`${encoding} ${i}`, { vector: near(photo, cosine), encoding }));
    const { body } = await node.submit(leaves);
    expect(body.data.submitEmbeddings.receipt).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  it('give scores as near as their rounding lets: within a thousandth in float16', async () => {
    const query = leaf(`query in ${encoding}`, { vector: photo, encoding });
    const { body } = await node.find({ leaf: query, scope: 'OWN', limit: 50, allScores: true });
    const scores = body.data.findDuplicates.matches.map(({ score }: { score: number }) => score);
    expect(scores).toHaveLength(COSINES.length);
    for (const [i, cosine] of [...COSINES].reverse().entries()) {
      expect(Math.abs(scores[i]! - (cosine - OFFSET))).toBeLessThan(MOST_ERROR[encoding]);
    }
  });
});
