/** The number that a share of the numbers lies below. */
export function quantile(numbers: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(numbers).sort();
  return sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)]!;
}
