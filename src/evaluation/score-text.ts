/** A score for people to read: in thousandths, or more exactly where these say nothing of it. */
export function scoreText(score: number): string {
  const isSmall = score !== 0 && Math.abs(score) < 0.01;
  return isSmall ? score.toPrecision(3) : score.toFixed(3);
}
