import type { GeometryMeasures } from './measure-geometry.js';
import type { PlaneRelation } from './plane-relation.js';

/** A share from which on nothing is missing but what the points' uncertainty takes away. */
const WHOLE = 0.97;
const SAME_SIZE = 0.03;
/** Photos with fewer points have too little on them to be told apart by points. */
const MIN_POINTS = 12;

/** What the two photos are called in a sentence. */
export interface PhotoNames {
  readonly a: string;
  readonly b: string;
}

/** What is said of two photos with the same bytes, without looking at them. */
export const SAME_FILE = 'it is the same file';

/** Says in words how photo B was made from photo A, or A from B. */
export function describeGeometry(
  { points, relation }: GeometryMeasures,
  names: PhotoNames = { a: 'A', b: 'B' },
): string {
  if (relation) return [whatIsShown(relation, names), ...howItIsShown(relation)].join(', ');
  const fewest = Math.min(...points);
  if (fewest >= MIN_POINTS) return `nothing of ${names.a} is found in ${names.b}`;
  const poor = points[0] === fewest ? names.a : names.b;
  return `not enough detail: ${fewest} points in ${poor} that could be found again`;
}

function whatIsShown({ shareOfA, shareOfB, placeInA, placeInB }: PlaneRelation, { a, b }: PhotoNames): string {
  if (shareOfA >= WHOLE && shareOfB >= WHOLE) return `${b} shows all of ${a}`;
  if (shareOfB >= WHOLE) return `${b} is a part of ${a} (${percent(shareOfA)} of it, ${placeWords(placeInA)})`;
  if (shareOfA >= WHOLE) {
    const around = 'a frame, a screenshot or a collage around it';
    return `${a} is a part of ${b} (${percent(shareOfB)} of it, ${placeWords(placeInB)}: ${around})`;
  }
  return `${b} shows ${percent(shareOfA)} of ${a}, on ${percent(shareOfB)} of itself`;
}

function howItIsShown({ kind, mirrored, turnedDegrees, scale }: PlaneRelation): string[] {
  const words: string[] = [];
  if (mirrored) words.push('mirrored');
  const turned = Math.round(Math.abs(turnedDegrees));
  if (turned === 180) words.push('turned by 180°');
  else if (turned > 0) words.push(`turned by ${turned}° ${turnedDegrees > 0 ? 'clockwise' : 'counter-clockwise'}`);
  if (Math.abs(scale - 1) > SAME_SIZE) words.push(`at ${Number(scale.toPrecision(2))} times its size`);
  if (kind === 'AFFINE') words.push('stretched or slanted');
  if (kind === 'PERSPECTIVE') words.push('in perspective, as photographed from a screen or a print');
  return words;
}

/** Where in a photo the middle of a part of it lies. */
function placeWords([x, y]: readonly [number, number]): string {
  const third = (share: number, low: string, high: string) => (share < 0.42 ? [low] : share > 0.58 ? [high] : []);
  return [...third(y, 'upper', 'lower'), ...third(x, 'left', 'right')].join(' ') || 'in the middle';
}

function percent(share: number): string {
  return `${Math.max(1, Math.round(share * 100))} %`;
}
