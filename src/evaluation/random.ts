import { createHash } from 'node:crypto';

/** A reproducible source of random numbers. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform in [min, max). */
  between(min: number, max: number): number;
  /** Uniform whole number in [0, count). */
  below(count: number): number;
}

/** A generator (mulberry32) whose start follows from the given parts: the same parts, the same numbers, everywhere. */
export function seededRandom(...parts: readonly (string | number | Uint8Array)[]): Random {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(typeof part === 'number' ? `${part}` : part).update('\0');
  let state = hash.digest().readUInt32LE(0);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (min, max) => min + next() * (max - min),
    below: (count) => Math.floor(next() * count),
  };
}
