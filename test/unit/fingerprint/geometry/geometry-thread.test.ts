import type { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../src/evaluation/random.js';
import { GeometryComparer } from '../../../../src/fingerprint/geometry/geometry-comparer.js';
import type { ViewedPhoto } from '../../../../src/fingerprint/geometry/grey-picture.js';
import type { GeometryMeasures } from '../../../../src/fingerprint/geometry/measure-geometry.js';
import { photo } from '../../../support/photos.js';

const threads: Worker[] = [];
const started = (thread: Worker) => threads.push(thread);
let comparer: GeometryComparer;
let view: ViewedPhoto;
let expected: GeometryMeasures;
beforeAll(async () => {
  process.on('worker', started);
  comparer = new GeometryComparer();
  view = await comparer.view(photo('nagasaki-boats'));
  expected = await comparer.compare(view, view);
  expect(expected.inliers).toBeGreaterThan(100);
});
afterEach(async () => {
  // Whatever happened, the next one is compared as ever.
  expect(await comparer.compare(view, view)).toEqual(expected);
});
afterAll(async () => {
  process.off('worker', started);
  await comparer.close();
});

/** More than the thread's memory can hold. */
const vast: ViewedPhoto = { data: new Uint8Array(3), width: 100_000, height: 100_000, photoWidth: 1, photoHeight: 1 };

/** Points everywhere: it takes long to look at them all. */
function noise(side: number): ViewedPhoto {
  const random = seededRandom('noise');
  const data = new Uint8Array(3 * side * side);
  for (let at = 0; at < data.length; at += 3) data.fill(random.below(256), at, at + 3);
  return { data, width: side, height: side, photoWidth: side, photoHeight: side };
}

describe('a thread that compares photos', () => {
  it('dies of photos that are too large for its memory, and no other pair suffers', async () => {
    const failure = { code: 'INTERNAL', message: 'The photos could not be compared by their points.' };
    const outcomes = await Promise.allSettled([
      comparer.compare(vast, view),
      comparer.compare(view, view),
      comparer.compare(view, vast),
    ]);
    expect(outcomes).toMatchObject([
      { status: 'rejected', reason: failure },
      { status: 'fulfilled', value: expected },
      { status: 'rejected', reason: failure },
    ]);
  });

  it('is killed in the middle: another one takes its work over', async () => {
    const before = threads.length;
    const answer = comparer.compare(view, view);
    setTimeout(() => void threads.at(-1)!.terminate(), 20);
    expect(await answer).toEqual(expected);
    expect(threads.length).toBe(before + 1);
  });

  it('is killed while it has nothing to do: the next pair gets another one', async () => {
    await threads.at(-1)!.terminate();
    expect(await comparer.compare(view, view)).toEqual(expected);
  });

  it('is killed at its first pair: that pair is refused, and the one that waits behind it compared', async () => {
    const other = new GeometryComparer();
    try {
      process.once('worker', (thread) => void thread.terminate());
      const [first, second] = await Promise.allSettled([other.compare(view, view), other.compare(view, view)]);
      expect(first).toMatchObject({ status: 'rejected', reason: { code: 'INTERNAL' } });
      expect(second).toMatchObject({ status: 'fulfilled', value: expected });
    } finally {
      await other.close();
    }
  });

  it('takes too long: it is ended, and the next pair gets another one', async () => {
    const impatient = new GeometryComparer({ timeoutMs: 5_000 });
    try {
      const large = noise(2_400);
      await expect(impatient.compare(large, large)).rejects.toMatchObject({
        code: 'TIMEOUT',
        message: 'Comparing two photos by their points took longer than 5 s.',
      });
      expect(threads.at(-1)!.threadId).toBe(-1);
      expect(await impatient.compare(view, view)).toEqual(expected);
    } finally {
      await impatient.close();
    }
  });

  it('is ended by closing, with what it works at', async () => {
    const other = new GeometryComparer();
    const answers = Promise.allSettled([other.compare(view, view), other.compare(view, view)]);
    await other.close();
    for (const answer of await answers) expect(answer.status).toBe('rejected');
    expect(threads.at(-1)!.threadId).toBe(-1);
  });
});
