import { expect, it } from 'vitest';
import { direction, leaf, near, ref, runHub, type TestNode } from '../e2e/hub/test-hub.js';
import { report, scaled } from './support/scale.js';

const PAIRS = scaled(80, 1_000);
const AT_ONCE = 8;

it('of two insurers that submit a photo at once, at least one sees the other', async () => {
  const running = await runHub();
  try {
    const [a, b] = await Promise.all([running.tenant('insurer-a'), running.tenant('insurer-b')]);
    await Promise.all([a.accessToken(), b.accessToken()]);
    /** Submits, then finds by reference, as `ingest` does. */
    const sees = async (node: TestNode, pair: number, vector: Float32Array): Promise<boolean> => {
      const name = `pair ${pair}`;
      await node.submit([leaf(name, { vector })]);
      const { body } = await node.find({ reference: ref(name), scope: 'OTHERS' });
      const { matches, complete } = body.data.findDuplicates;
      expect(complete).toBe(true);
      return matches.length === 1;
    };
    let next = 0;
    const missed: number[] = [];
    const stream = async () => {
      for (let pair = next++; pair < PAIRS; pair = next++) {
        const vector = direction(`photo of pair ${pair}`);
        const copy = near(vector, 0.92);
        const seen = await Promise.all([sees(a, pair, vector), sees(b, pair, copy)]);
        if (!seen.includes(true)) missed.push(pair);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, stream));
    report('pairs', { submitted: PAIRS, missed: missed.length });
    expect(missed).toEqual([]);
  } finally {
    await running.stop();
  }
});
