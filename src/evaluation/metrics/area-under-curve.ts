/**
 * How often a copy scores above a pair that is none, a tie counting half (Mann and Whitney, 1947): the area under the
 * curve of hits against false hits.
 */
export function areaUnderCurve(copies: ArrayLike<number>, others: ArrayLike<number>): number {
  const [found, rest] = [Float64Array.from(copies).sort(), Float64Array.from(others).sort()];
  let [below, level, sum] = [0, 0, 0];
  for (const score of found) {
    while (below < rest.length && rest[below]! < score) below++;
    level = Math.max(level, below);
    while (level < rest.length && rest[level]! <= score) level++;
    sum += (below + level) / 2;
  }
  return sum / (found.length * rest.length);
}
