/** What a threshold finds: of all copies the share `recall`, and of what it finds the share `precision` are copies. */
export interface CurvePoint {
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
}

/** Where a demanded precision is reached; threshold null and recall 0 if nowhere. */
export interface OperatingPoint {
  readonly recall: number;
  readonly threshold: number | null;
}

export interface PrecisionRecall {
  /** Micro average precision over all pairs; null without copies. */
  readonly averagePrecision: number | null;
  /** One point for each score that a copy has, from the highest threshold down. */
  readonly curve: readonly CurvePoint[];
}

/**
 * Precision and recall at every score that a copy has, and their micro average precision, as the Image Similarity
 * Challenge defines them (facebookresearch/isc2021, isc/metrics.py): all pairs of all queries in one list, and where
 * scores are equal the pairs that are no copies come first. A copy with score -Infinity is never found.
 * @param copies scores of the pairs that are copies @param others scores of all the other pairs
 */
export function precisionRecall(copies: ArrayLike<number>, others: ArrayLike<number>): PrecisionRecall {
  if (copies.length === 0) return { averagePrecision: null, curve: [] };
  const found = Float64Array.from(copies).sort().reverse();
  const rest = (others instanceof Float32Array ? others.slice() : Float64Array.from(others)).sort().reverse();
  const curve: CurvePoint[] = [];
  let sum = 0;
  let above = 0;
  for (let i = 0; i < found.length && found[i]! > -Infinity; i++) {
    const threshold = found[i]!;
    while (above < rest.length && rest[above]! >= threshold) above++;
    const precision = (i + 1) / (i + 1 + above);
    sum += precision;
    if (found[i + 1] !== threshold) curve.push({ threshold, precision, recall: (i + 1) / found.length });
  }
  return { averagePrecision: sum / found.length, curve };
}

/** The highest recall at which a precision is kept, and its threshold. */
export function recallAtPrecision(curve: readonly CurvePoint[], precision: number): OperatingPoint {
  const last = curve.findLast((point) => point.precision >= precision);
  return last === undefined ? { recall: 0, threshold: null } : { recall: last.recall, threshold: last.threshold };
}

/** The highest recall at which no other pair is found at all. */
export function recallAtZeroFalseHits(curve: readonly CurvePoint[]): OperatingPoint {
  return recallAtPrecision(curve, 1);
}
