import { expect, it } from 'vitest';
import { continueAfterUuidV7, isUuidV7, uuidV7 } from '../../../src/protocol/ids.js';

it('request ids grow: within a millisecond, when the clock steps back, and after a restart', () => {
  const now = Date.now();
  const ids = [...Array.from({ length: 10_000 }, () => uuidV7(now)), uuidV7(now - 3_600_000), uuidV7(now + 60_000)];
  expect(ids.every(isUuidV7)).toBe(true);
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
  // Two hours on; other tests of this process get their ids behind it.
  const later = ids
    .at(-1)!
    .replace(/^......../, (seconds) => (Number.parseInt(seconds, 16) + 110).toString(16).padStart(8, '0'));
  continueAfterUuidV7(later);
  expect(uuidV7(now) > later).toBe(true);
});
