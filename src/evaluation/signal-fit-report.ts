import { SIGNAL_RULES } from '../decision/signal-rules.js';
import type { MeasuredRate } from '../protocol/manifest.js';
import type { SignalFitReport } from './fit-signals.js';
import { MAX_FALSE_HIT_RATE } from './pick-distances.js';

/** A fit of signals as plain text for a terminal. */
export function formatSignalFit({
  fitted,
  judged,
  signals,
  rules,
  rulesWhereFitted,
  chosen,
}: Omit<SignalFitReport, 'failed'>): string {
  const of = ({ photos, copies, unrelatedPairs }: SignalFitReport['fitted']): string =>
    `${photos} photos, ${copies} edited copies, ${unrelatedPairs} unrelated pairs`;
  const header = 'copies found at DUPLICATE, REVIEW   false hits a million at DUPLICATE, REVIEW';
  return [
    `Fitted on ${of(fitted)}; rates are of the other half: ${of(judged)}.`,
    '',
    `${'signal'.padEnd(18)}thresholds      weight  ${header}`,
    ...signals.map(
      ({ name, thresholds, weight, recall, falseHits }) =>
        `${name.padEnd(18)}${inUnits(name, thresholds).padEnd(16)}${weight.toFixed(2).padEnd(8)}${rates(recall, falseHits)}`,
    ),
    '',
    `${'merged by'.padEnd(42)}${header}`,
    ...rules.map(ruleRow),
    '',
    `${'merged by, on the half fitted on'.padEnd(42)}${header}`,
    ...rulesWhereFitted.map(ruleRow),
    ...signals.flatMap(({ name, unkept }) => unkept.map((band) => warningOf(name, band))),
    `Chosen there: ${chosen}, which finds most as DUPLICATE with no more false ones than a signal may have.`,
  ].join('\n');
}

function warningOf(name: string, band: keyof typeof MAX_FALSE_HIT_RATE): string {
  const million = MAX_FALSE_HIT_RATE[band] * 1e6;
  return `Warning: by ${name} more than ${million} in a million unrelated pairs are the same, so that even distance 0 is too much for ${band.toUpperCase()}.`;
}

function ruleRow({ rule, recall, falseHits }: SignalFitReport['rules'][number]): string {
  return `${rule.padEnd(42)}${rates(recall, falseHits)}`;
}

type AtBands = { readonly review: MeasuredRate; readonly duplicate: MeasuredRate };

function rates(recall: AtBands, falseHits: AtBands): string {
  const found = `${percent(recall.duplicate)}, ${percent(recall.review)}`;
  return `${found.padEnd(36)}${million(falseHits.duplicate)}, ${million(falseHits.review)}`;
}

function inUnits(name: SignalFitReport['signals'][number]['name'], { duplicate, review }: AtBandDistances): string {
  const steps = name === 'model' ? 1000 : SIGNAL_RULES[name].steps;
  return `${Math.round(duplicate * steps)}, ${Math.round(review * steps)} /${steps}`;
}

type AtBandDistances = SignalFitReport['signals'][number]['thresholds'];

function percent({ rate }: MeasuredRate): string {
  return `${(rate * 100).toFixed(1)} %`;
}

function million({ rate, low, high }: MeasuredRate): string {
  const show = (value: number): string => (value < 1e-5 ? (value * 1e6).toPrecision(2) : (value * 1e6).toFixed(0));
  return `${show(rate)} (${show(low)}–${show(high)})`;
}
