import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { QdrantIndex } from '../../../src/hub/index/qdrant.js';
import { QDRANT_SKIPPED, qdrantBinary, startQdrant } from '../../support/qdrant-process.js';
import { direction, errorCode, leaf, runHub } from './test-hub.js';

const WITHIN = { timeout: 45_000, interval: 200 };

interface Collections {
  readonly result: { readonly collections: readonly { readonly name: string }[] };
}

describe.skipIf(!qdrantBinary)(`a hub and its own Qdrant server ${QDRANT_SKIPPED}`, () => {
  it('R2: fills it again without hands when its volume was wiped while the hub runs', async () => {
    const qdrant = await startQdrant();
    const running = await runHub({ qdrantUrl: qdrant.url });
    try {
      const a = await running.tenant('insurer-a');
      await a.submit(Array.from({ length: 200 }, (_, i) => leaf(`w ${i}`)));
      const found = async (name: string) =>
        (await a.find({ leaf: leaf('q', { vector: direction(name) }) })).body.data?.findDuplicates;
      await expect.poll(() => found('w 7'), WITHIN).toMatchObject({ matches: [{}], complete: true });
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

  it('R2: is filled again when it was killed in the middle of filling', async () => {
    const qdrant = await startQdrant();
    const running = await runHub({ qdrantUrl: qdrant.url });
    try {
      const a = await running.tenant('insurer-a');
      const names = Array.from({ length: 1_000 }, (_, i) => `k ${i}`);
      for (let from = 0; from < names.length; from += 250) {
        await a.submit(names.slice(from, from + 250).map((name) => leaf(name)));
        // Submissions are acknowledged before they are in the index, so this comes while they are written.
        if (from === 250) await qdrant.kill();
      }
      await qdrant.start();
      const all = async () => (await running.hub.index.status()).entries;
      await expect.poll(all, WITHIN).toBe(names.length);
      await expect.poll(() => running.hub.indexer.complete, WITHIN).toBe(true);
    } finally {
      await running.stop();
      await qdrant.dispose();
    }
  });

  it('R2: fills a collection again that was deleted by hand, also if it ended before that', async () => {
    const qdrant = await startQdrant();
    const running = await runHub({ qdrantUrl: qdrant.url });
    try {
      const a = await running.tenant('insurer-a');
      await a.submit(Array.from({ length: 50 }, (_, i) => leaf(`d ${i}`)));
      const found = async () =>
        (await a.find({ leaf: leaf('q', { vector: direction('d 7') }) })).body.data?.findDuplicates;
      await expect.poll(found, WITHIN).toMatchObject({ matches: [{}], complete: true });
      for (const ended of [false, true]) {
        const { result } = (await (await fetch(`${qdrant.url}/collections`)).json()) as Collections;
        const { name } = result.collections.find((each) => !each.name.endsWith('-watermark'))!;
        await fetch(`${qdrant.url}/collections/${name}`, { method: 'DELETE' });
        if (ended) await running.restart();
        const look = async () => {
          const answer = await found();
          if (answer) expect([answer.matches.length, answer.complete]).not.toEqual([0, true]);
          return answer;
        };
        await expect.poll(look, WITHIN).toMatchObject({ matches: [{}], complete: true });
      }
    } finally {
      await running.stop();
      await qdrant.dispose();
    }
  });

  it('R3: takes submissions and fails searches closed while it is away, and catches up after', async () => {
    const qdrant = await startQdrant();
    const running = await runHub({ qdrantUrl: qdrant.url });
    try {
      const a = await running.tenant('insurer-a');
      await a.submit([leaf('before')]);
      const find = () => a.find({ leaf: leaf('q', { vector: direction('during') }) });
      await expect.poll(() => running.hub.indexer.complete, WITHIN).toBe(true);
      await qdrant.kill();
      expect(errorCode(await a.submit([leaf('during')]))).toBeUndefined();
      const refused = await find();
      expect(errorCode(refused)).toBe('INDEX_UNAVAILABLE');
      expect(refused.text).not.toContain(new URL(qdrant.url).port);
      await qdrant.start();
      const found = async () => (await find()).body.data?.findDuplicates;
      await expect.poll(found, WITHIN).toMatchObject({ matches: [{}], complete: true });
    } finally {
      await running.stop();
      await qdrant.dispose();
    }
  });

  it('R7: gives up a call that takes too long, and is used again when it answers', async () => {
    const qdrant = await startQdrant();
    const index = new QdrantIndex({ url: qdrant.url, hub: randomUUID(), timeoutMs: 1_500 });
    const vector = direction('slow', 16);
    const filter = { viewer: 'v', lines: [], hidden: [], nowSeconds: 1.8e9 };
    const search = { space: 's', vector, offset: 0, filter, limits: { own: 1, others: 1 }, threshold: 0.5 };
    const attributes = { claimRef: undefined, line: 1, month: 660, expiresAt: 2e9, offset: 0 };
    const entry = { id: randomUUID(), tenant: 'o', vector, ...attributes };
    try {
      // A busy machine may need longer than that to make the collection; what is left of it is taken up again.
      const write = () => index.upsert('s', [entry]).then(() => true);
      await expect.poll(write, WITHIN).toBe(true);
      qdrant.freeze();
      const startedAt = performance.now();
      const late = {
        code: 'INDEX_UNAVAILABLE',
        retryable: true,
        message: expect.stringContaining('no answer in time'),
      };
      await expect(index.search([search])).rejects.toMatchObject(late);
      await expect(index.readWatermark()).rejects.toMatchObject(late);
      expect(performance.now() - startedAt).toBeLessThan(10_000);
      qdrant.resume();
      await expect.poll(async () => (await index.search([search]))[0]?.length, WITHIN).toBe(1);
    } finally {
      await qdrant.dispose();
    }
  });
});
