import { integer, number, object, text, wrong } from './json-fields.js';

/** Where similarity becomes a band and a probability. Scores are cosines minus the normalisation offset. */
export interface DecisionRule {
  /** At or above: a person should look. */
  readonly review: number;
  /** At or above: a copy, as sure as the calibration can tell. */
  readonly duplicate: number;
  /** Probability that two photos are copies = 1 / (1 + exp(-(slope · score + intercept))). */
  readonly logistic: { readonly slope: number; readonly intercept: number };
}

/** Counted false hits with the exact (Clopper–Pearson) 95 % interval of their rate. */
export interface MeasuredRate {
  readonly hits: number;
  readonly trials: number;
  readonly rate: number;
  readonly low: number;
  readonly high: number;
}

/** How the decision's numbers came about and how they fared on photos that were not used to find them. */
export interface Calibration {
  /** The photos, in words; never a path. */
  readonly data: string;
  readonly date: string;
  readonly seed: number;
  /** Share of copies among comparisons that the probability assumes. */
  readonly prior: number;
  readonly fitted: SampleSizes;
  readonly judged: SampleSizes & {
    /** Unrelated pairs of photos at or above each threshold. */
    readonly falseHits: { readonly review: MeasuredRate; readonly duplicate: MeasuredRate };
    /** Edited copies at or above each threshold. */
    readonly recall: { readonly review: MeasuredRate; readonly duplicate: MeasuredRate };
    /** Expected calibration error over all pairs at that prior, and over the best match of each photo; absent: not judged. */
    readonly calibrationError?: { readonly pairs: number; readonly bestMatches: number };
    /** What came true of the probabilities, in ranges from 0 to 1, one behind the other; empty: not judged. */
    readonly probabilities: readonly ProbabilityRange[];
  };
}

/** Probabilities from `from` up to `to`: the copies and other pairs of which they were said, and the 95 % interval of what came true. */
export interface ProbabilityRange {
  readonly from: number;
  readonly to: number;
  readonly copies: number;
  readonly others: number;
  readonly low: number;
  readonly high: number;
}

export interface SampleSizes {
  readonly photos: number;
  readonly edits: number;
  readonly unrelatedPairs: number;
}

/** What `claimprint models fit` finds out about one way of sealing. */
export interface Fit {
  readonly decision: DecisionRule;
  readonly calibration: Calibration;
}

/** @param at where the fit stands in the manifest: empty, or a field's name and a dot @throws BAD_MANIFEST */
export function parseFit(json: Record<string, unknown>, at: string): Fit {
  return {
    decision: parseDecision(json.decision, `${at}decision`),
    calibration: parseCalibration(json.calibration, `${at}calibration`),
  };
}

function parseDecision(json: unknown, at: string): DecisionRule {
  const decision = object(json, at);
  const logistic = object(decision.logistic, `${at}.logistic`);
  const review = number(decision.review, `${at}.review`, -1, 1);
  return {
    review,
    duplicate: number(decision.duplicate, `${at}.duplicate`, review, 1),
    logistic: {
      // A falling probability would turn every decision upside down.
      slope: number(logistic.slope, `${at}.logistic.slope`, Number.MIN_VALUE, 1e4),
      intercept: number(logistic.intercept, `${at}.logistic.intercept`, -1e4, 1e4),
    },
  };
}

function parseCalibration(json: unknown, at: string): Calibration {
  const calibration = object(json, at);
  const judged = object(calibration.judged, `${at}.judged`);
  const falseHits = object(judged.falseHits, `${at}.judged.falseHits`);
  const recall = object(judged.recall, `${at}.judged.recall`);
  return {
    data: text(calibration.data, `${at}.data`),
    date: text(calibration.date, `${at}.date`, /^\d{4}-\d{2}-\d{2}$/),
    seed: integer(calibration.seed, `${at}.seed`, 0, 2 ** 32 - 1),
    prior: number(calibration.prior, `${at}.prior`, 0, 1),
    fitted: parseSizes(calibration.fitted, `${at}.fitted`),
    judged: {
      ...parseSizes(judged, `${at}.judged`),
      falseHits: {
        review: parseRate(falseHits.review, `${at}.judged.falseHits.review`),
        duplicate: parseRate(falseHits.duplicate, `${at}.judged.falseHits.duplicate`),
      },
      recall: {
        review: parseRate(recall.review, `${at}.judged.recall.review`),
        duplicate: parseRate(recall.duplicate, `${at}.judged.recall.duplicate`),
      },
      ...(judged.calibrationError !== undefined && {
        calibrationError: parseCalibrationError(judged.calibrationError, `${at}.judged.calibrationError`),
      }),
      probabilities: parseRanges(judged.probabilities, `${at}.judged.probabilities`),
    },
  };
}

function parseCalibrationError(json: unknown, at: string): { pairs: number; bestMatches: number } {
  const error = object(json, at);
  return {
    pairs: number(error.pairs, `${at}.pairs`, 0, 1),
    bestMatches: number(error.bestMatches, `${at}.bestMatches`, 0, 1),
  };
}

function parseRanges(json: unknown, at: string): ProbabilityRange[] {
  if (json === undefined) return [];
  if (!Array.isArray(json) || json.length > 100) throw wrong(at, 'a list of at most 100 ranges');
  return json.map((element: unknown, i) => {
    const range = object(element, `${at}.${i}`);
    const from = number(range.from, `${at}.${i}.from`, 0, 1);
    const low = number(range.low, `${at}.${i}.low`, 0, 1);
    return {
      from,
      to: number(range.to, `${at}.${i}.to`, from, 1),
      copies: integer(range.copies, `${at}.${i}.copies`, 0, 1e15),
      others: integer(range.others, `${at}.${i}.others`, 0, 1e15),
      low,
      high: number(range.high, `${at}.${i}.high`, low, 1),
    };
  });
}

function parseSizes(json: unknown, at: string): SampleSizes {
  const sizes = object(json, at);
  return {
    photos: integer(sizes.photos, `${at}.photos`, 0, 1e9),
    edits: integer(sizes.edits, `${at}.edits`, 0, 1e9),
    unrelatedPairs: integer(sizes.unrelatedPairs, `${at}.unrelatedPairs`, 0, 1e15),
  };
}

function parseRate(json: unknown, at: string): MeasuredRate {
  const rate = object(json, at);
  const trials = integer(rate.trials, `${at}.trials`, 0, 1e15);
  return {
    hits: integer(rate.hits, `${at}.hits`, 0, trials),
    trials,
    rate: number(rate.rate, `${at}.rate`, 0, 1),
    low: number(rate.low, `${at}.low`, 0, 1),
    high: number(rate.high, `${at}.high`, 0, 1),
  };
}
