import { describe, expect, it } from 'vitest';
import { QdrantIndex } from '../../../src/hub/index/qdrant.js';
import { readConfiguration } from '../../../src/platform/config.js';
import { direction, errorCode, leaf, ref, runHub } from './test-hub.js';

const { qdrantUrl } = readConfiguration();
const WITHIN = { timeout: 40_000, interval: 200 };

describe.skipIf(!qdrantUrl)('a hub on Qdrant (skipped unless QDRANT_URL is set)', () => {
  it('finds at once what was submitted, also after a restart, and fills a wiped server again', async () => {
    const running = await runHub({ qdrantUrl });
    try {
      const [a, b] = [await running.tenant('insurer-a'), await running.tenant('insurer-b')];
      const found = async (name: string) => {
        const { body } = await b.find({ leaf: leaf('q', { vector: direction(name) }) });
        const { matches, complete } = body.data.findDuplicates;
        return [matches.length, complete];
      };
      await a.submit(Array.from({ length: 300 }, (_, i) => leaf(`q ${i}`)));
      // The first submission makes the collection, which takes its time on a busy machine.
      await expect.poll(() => found('q 299'), WITHIN).toEqual([1, true]);
      await a.withdraw({ references: [ref('q 299')] });
      await expect.poll(() => found('q 299'), WITHIN).toEqual([0, true]);
      await running.restart();
      await expect.poll(() => found('q 7'), WITHIN).toEqual([1, true]);
      await (running.hub.index as QdrantIndex).wipe();
      await running.restart();
      await expect.poll(() => found('q 7'), WITHIN).toEqual([1, true]);
      await expect.poll(() => found('q 299'), WITHIN).toEqual([0, true]);
    } finally {
      await (running.hub.index as QdrantIndex).wipe();
      await running.stop();
    }
  });

  it('fills a server again that was wiped while it runs, and says until then that the search is incomplete', async () => {
    const running = await runHub({ qdrantUrl });
    const other = new QdrantIndex({ url: qdrantUrl!, apiKey: undefined, hub: running.hub.id });
    try {
      const a = await running.tenant('insurer-a');
      await a.submit([leaf('wiped')]);
      const look = async () => {
        const answer = await a.find({ leaf: leaf('q', { vector: direction('wiped') }) });
        return answer.body.data?.findDuplicates;
      };
      await expect.poll(look, WITHIN).toMatchObject({ matches: [{}], complete: true });
      await other.wipe();
      await expect
        .poll(async () => {
          const found = await look();
          if (found) expect([found.matches.length, found.complete]).not.toEqual([0, true]);
          return found?.matches.length;
        }, WITHIN)
        .toBe(1);
      await a.submit([leaf('after')]);
      const after = async () =>
        (await a.find({ leaf: leaf('q', { vector: direction('after') }) })).body.data?.findDuplicates;
      await expect.poll(after, WITHIN).toMatchObject({ matches: [{}], complete: true });
    } finally {
      await running.stop();
      await other.wipe();
    }
  });

  it('fails closed while the server is away, and still takes submissions', async () => {
    const running = await runHub({ qdrantUrl: 'http://127.0.0.1:9' });
    try {
      const a = await running.tenant('insurer-a');
      expect(errorCode(await a.submit([leaf('taken')]))).toBeUndefined();
      expect(errorCode(await a.find({ leaf: leaf('q') }))).toBe('INDEX_UNAVAILABLE');
      expect((await fetch(`${running.address}/readyz`)).status).toBe(503);
    } finally {
      await running.stop();
    }
  });
});
