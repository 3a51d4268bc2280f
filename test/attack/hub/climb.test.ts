import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyEdit, type EditName } from '../../../src/evaluation/edits.js';
import { NO_LIMITS } from '../../../src/hub/tenant-budget.js';
import {
  matches as countMatches,
  leaf,
  OFFSET,
  type RunningHub,
  ref,
  runHub,
  type TestNode,
  unit,
} from '../../e2e/hub/test-hub.js';
import { report, scaled } from '../../faults/support/scale.js';
import { manifest, openFingerprinter } from '../../support/fingerprinter.js';
import { photo } from '../../support/photos.js';

const QUERIES = scaled(400, 6_000);
/** The same attack where the budget is as good as none, to see that it is one. */
const UNLIMITED = scaled(400, 1_500);
const MOST_GAIN = 0.03;
/** What one who lets most queries miss may gain: the budget counts hits alone. */
const MOST_PATIENT_GAIN = 0.06;
const PATIENCE = scaled(1.5, 2.5);
/** As close as a copy that was edited hard; nearer to the threshold nothing would be found at all. */
const START = 0.824;
const EDITS: readonly EditName[] = [
  'crop-60',
  'crop-70',
  'several',
  'tilt',
  'screenshot',
  'quarter-turn-left',
  'noise',
];

let running: RunningHub;
let victim: TestNode;
let stored: Float32Array;
let start: Float32Array;

const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

/** A seeded standard normal vector, orthogonal to another. */
function orthogonal(to: Float32Array, random: () => number): Float32Array {
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const u = Float32Array.from(to, normal);
  const along = cosine(u, to);
  return unit(u.map((x, i) => x - along * to[i]!));
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

beforeAll(async () => {
  const fingerprinter = await openFingerprinter();
  const original = photo('nagasaki-boats');
  stored = (await fingerprinter.fingerprint(original)).embedding;
  const copies: Float32Array[] = [];
  for (const edit of EDITS)
    copies.push((await fingerprinter.fingerprint(await applyEdit(original, edit, 1))).embedding);
  await fingerprinter.close();
  const off = (vector: Float32Array) => Math.abs(cosine(vector, stored) - START);
  start = copies.reduce((best, each) => (off(each) < off(best) ? each : best));
  running = await runHub();
  await running.hub.tenantBudget.set(NO_LIMITS, Date.now());
  victim = await running.tenant('victim');
}, 120_000);
afterAll(() => running?.stop());

/** How much of the guess a query holds so that its score reaches the threshold where the direction is lucky. */
function alongFor(threshold: number, from: number, patience: number): number {
  const deviation = Math.sqrt((1 - from * from) / (start.length - 1));
  let [low, high] = [0, 0.9999];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (middle * from + Math.sqrt(1 - middle * middle) * patience * deviation < threshold) low = middle;
    else high = middle;
  }
  return low;
}

interface Climb {
  /** Cosine to the victim's vector that was won over the start. */
  readonly gain: number;
  readonly answered: number;
  readonly final: boolean;
}

/**
 * Each query stands a little off the best guess in a random direction, so far off that its score lies at the threshold.
 * Whether there is a hit, and how probable, says on which side of the guess the victim lies; all that is learnt is added
 * up. The attacker is even given the cosine that it starts from.
 * @param patience standard deviations by which a random direction must be a lucky one to be a hit at all: misses cost
 *   nothing of the budget, so the patient attacker makes each hit say more
 */
async function climb(attacker: TestNode, queries: number, patience = 0): Promise<Climb> {
  const random = seeded(42);
  const { review, logistic } = manifest.decision;
  const from = cosine(start, stored);
  // It says of its queries that they resemble photos in general as little as the hub believes.
  const along = alongFor(review + OFFSET + 0.005, from, patience);
  const aside = Math.sqrt(1 - along * along);
  const learnt = new Float32Array(start.length);
  let answered = 0;
  let final = false;
  for (let i = 0; i < queries; i++) {
    // A token ends after five minutes.
    if (i % 1_000 === 0) attacker.token = undefined;
    const u = orthogonal(start, random);
    const vector = unit(start.map((x, j) => along * x + aside * u[j]!));
    const answer = await attacker.find({ leaf: leaf('q', { vector }), limit: 1 });
    expect(answer.status).toBe(200);
    const [match] = answer.body.data.findDuplicates.matches;
    // It knows from then on that silence means nothing.
    if (!match && final) continue;
    if (match) answered++;
    const score = match
      ? Math.max(
          review,
          (Math.log(match.probability / (1.0001 - match.probability)) - logistic.intercept) / logistic.slope,
        )
      : review - 0.02;
    const side = (Math.min(1, score + OFFSET) - along * from) / aside;
    if (!match && patience > 0) continue;
    for (let j = 0; j < learnt.length; j++) learnt[j]! += side * u[j]!;
    if (match?.finalAnswer) final = true;
  }
  // The best that can be made of it: how far to go in the direction learnt is given, too.
  const direction = unit(learnt);
  let best = from;
  for (let step = 0; step <= 1; step += 0.02) {
    best = Math.max(best, cosine(unit(start.map((x, j) => x + step * direction[j]!)), stored));
  }
  return { gain: best - from, answered, final };
}

it(
  'E3: a climb to the vector of another insurer’s photo gains next to nothing within the query budget',
  async () => {
    expect(cosine(start, stored)).toBeGreaterThan(manifest.decision.review + OFFSET);
    await victim.submit([leaf('the photo', { vector: stored })]);
    const within = await climb(await running.tenant('curious'), QUERIES);
    const patient = await climb(await running.tenant('patient'), QUERIES, PATIENCE);
    await running.hub.queryBudget.set(10_000, Date.now());
    const without = await climb(await running.tenant('unlimited'), UNLIMITED);
    report('E3 climb', {
      start: cosine(start, stored).toFixed(3),
      queries: QUERIES,
      'answered within the budget': within.answered,
      'gain in cosine': within.gain.toFixed(4),
      'gain of a patient attacker': patient.gain.toFixed(4),
      [`gain without a budget (${UNLIMITED} queries)`]: without.gain.toFixed(4),
    });
    expect(within.answered).toBe(20);
    expect(within.final).toBe(true);
    expect(within.gain).toBeLessThanOrEqual(MOST_GAIN);
    expect(patient.answered).toBeLessThanOrEqual(20);
    expect(patient.gain).toBeLessThanOrEqual(MOST_PATIENT_GAIN);
    // Or this test would show nothing.
    expect(without.gain).toBeGreaterThan(within.gain);
    expect(without.gain).toBeGreaterThan(MOST_GAIN);
    // What was stored is there as ever.
    victim.token = undefined;
    expect(countMatches(await victim.find({ reference: ref('the photo') }))).toBe(0);
  },
  scaled(120_000, 1_800_000),
);
