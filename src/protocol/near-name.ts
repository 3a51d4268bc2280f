/** Characters that may be wrong in a name that is near, for so many that are there. */
const LENGTH_OF_A_MISTAKE = 3;

/**
 * The name that somebody may have meant, case aside: the one to which the fewest characters are to be put in, taken out,
 * replaced or swapped, and not more than every third one. @returns undefined if none is near
 */
export function nearName(written: string, names: readonly string[]): string | undefined {
  let near: string | undefined;
  let fewest = Math.floor(written.length / LENGTH_OF_A_MISTAKE) + 1;
  for (const name of names) {
    const mistakes = editDistance(written.toLowerCase(), name.toLowerCase());
    if (mistakes < fewest) [near, fewest] = [name, mistakes];
  }
  return near;
}

/** Levenshtein's distance, two neighbours that changed places being one mistake. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= a.length; row++) {
    const above = rows[row - 1]!;
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const isSwapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(
        Math.min(
          above[column - 1]! + Number(a[row - 1] !== b[column - 1]),
          above[column]! + 1,
          current[column - 1]! + 1,
          isSwapped ? rows[row - 2]![column - 2]! + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    rows.push(current);
  }
  return rows[a.length]![b.length]!;
}
