import { describe, expect, it } from 'vitest';
import { drawHand } from '../../../src/evaluation/draw-cards.js';
import { seededRandom } from '../../../src/evaluation/random.js';

describe('a hand of cards', () => {
  it('is drawn one by one from those that are left, in their order', () => {
    for (const length of [0, 1, 2, 7, 8, 9, 100]) {
      const cards = Array.from({ length }, (_, i) => `card ${i}`);
      for (const count of [0, 1, 5, length, length + 1]) {
        const [random, rest] = [seededRandom(length, count), [...cards]];
        const expected: string[] = [];
        while (expected.length < count && rest.length > 0) expected.push(...rest.splice(random.below(rest.length), 1));
        expect(drawHand(cards, count, seededRandom(length, count))).toEqual(expected);
      }
    }
  });

  it('may be a large pack, shuffled', () => {
    const pack = Array.from({ length: 200_000 }, (_, i) => i);
    const hand = drawHand(pack, pack.length, seededRandom('pack'));
    expect(hand.slice(0, 3)).not.toEqual([0, 1, 2]);
    expect(
      Uint32Array.from(hand)
        .sort()
        .every((card, i) => card === i),
    ).toBe(true);
  });
});
