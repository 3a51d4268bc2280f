import { describe, expect, it } from 'vitest';
import { QDRANT_SKIPPED, qdrantBinary, startQdrant } from '../../support/qdrant-process.js';
import { direction, leaf, runHub } from './test-hub.js';

const WITHIN = { timeout: 30_000, interval: 200 };

describe.skipIf(!qdrantBinary)(`a hub and its own Qdrant server ${QDRANT_SKIPPED}`, () => {
  it('R2: fills it again without hands when its volume was wiped while the hub runs', async () => {
    const qdrant = await startQdrant();
    const running = await runHub({ qdrantUrl: qdrant.url });
    try {
      const a = await running.tenant('insurer-a');
      await a.submit(Array.from({ length: 200 }, (_, i) => leaf(`w ${i}`)));
      const found = async (name: string) =>
        (await a.find({ leaf: leaf('q', { vector: direction(name) }) })).body.data?.findDuplicates;
      expect(await found('w 7')).toMatchObject({ matches: [{}], complete: true });
      await qdrant.wipe();
      await qdrant.start();
      const look = async () => {
        const answer = await found('w 199');
        // Nothing found and complete together would be a lie.
        if (answer) expect([answer.matches.length, answer.complete]).not.toEqual([0, true]);
        return answer?.matches.length;
      };
      await expect.poll(look, WITHIN).toBe(1);
    } finally {
      await running.stop();
      await qdrant.dispose();
    }
  });
});
