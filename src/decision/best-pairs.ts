import { Heap } from './heap.js';

/**
 * Pairs rows with columns, each at most once, so that the sum of gains is the greatest that there is: the Hungarian
 * method, a row at a time along the cheapest augmenting path. A row may stay alone.
 * @param gains of each row with the columns that it may be paired with, 0 or more
 * @returns the column of each row; undefined for one that is alone
 */
export function bestPairs<Column>(gains: readonly ReadonlyMap<Column, number>[]): (Column | undefined)[] {
  const most = gains.reduce((max, row) => Math.max(max, ...row.values()), 0);
  // Beside the columns each row has a place of its own, where it is alone.
  const alone = gains.map(() => ({}));
  const costs = gains.map((row, i) =>
    new Map<unknown, number>([...row].map(([column, gain]) => [column, most - gain])).set(alone[i], most),
  );
  const rowPrices = gains.map(() => 0);
  const columnPrices = new Map<unknown, number>();
  const columns: unknown[] = [...alone];
  const rowOf = new Map<unknown, number>();
  for (const first of gains.keys()) {
    const distances = new Map<unknown, number>();
    const reachedFrom = new Map<unknown, number>();
    const passed = new Set<unknown>();
    const queue = new Heap<{ column: unknown; distance: number }>((a, b) => a.distance < b.distance);
    const leave = (row: number, distance: number): void => {
      for (const [column, cost] of costs[row]!) {
        const to = distance + cost - rowPrices[row]! - (columnPrices.get(column) ?? 0);
        if (passed.has(column) || to >= (distances.get(column) ?? Number.POSITIVE_INFINITY)) continue;
        distances.set(column, to);
        reachedFrom.set(column, row);
        queue.push({ column, distance: to });
      }
    };
    leave(first, 0);
    // It ends at the latest where the row is alone.
    let end = queue.pop()!;
    for (; rowOf.has(end.column); end = queue.pop()!) {
      if (passed.has(end.column)) continue;
      passed.add(end.column);
      leave(rowOf.get(end.column)!, end.distance);
    }
    rowPrices[first]! += end.distance;
    for (const column of passed) {
      const saved = end.distance - distances.get(column)!;
      rowPrices[rowOf.get(column)!]! += saved;
      columnPrices.set(column, (columnPrices.get(column) ?? 0) - saved);
    }
    for (let column = end.column, row = -1; row !== first; ) {
      row = reachedFrom.get(column)!;
      const before = columns[row];
      columns[row] = column;
      rowOf.set(column, row);
      column = before;
    }
  }
  return columns.map((column, i) => (column === alone[i] ? undefined : (column as Column)));
}
