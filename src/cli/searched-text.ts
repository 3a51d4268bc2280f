import type { CheckReport } from '../node/check-report.js';
import type { Scope } from '../protocol/enums.js';

const PLACES: Record<Scope, string> = {
  OWN: "one's own photos",
  OTHERS: "other insurers' photos",
  ALL: "one's own photos and other insurers'",
};

/** How much was searched, in a sentence or two; undefined where nothing was to be searched. */
export function searchedText({ scope, photos }: CheckReport): string | undefined {
  if (!scope || photos.length === 0) return undefined;
  const answered = photos.flatMap(({ searched }) => searched ?? []);
  if (answered.length === 0) return 'Nothing was searched.';
  const whole = answered.filter(({ complete }) => complete);
  // The hub leaves out the claim that a photo was added to.
  const place = `${PLACES[scope]}${photos.some(({ entry }) => entry !== null) ? ', but for the same claim' : ''}`;
  const forSome = (count: number) => (count < photos.length ? `, for ${count} of ${photos.length} photos` : '');
  const sentences = [
    whole.length > 0 && `Searched: ${place}${recordsText(whole)} (scope ${scope})${forSome(whole.length)}.`,
    whole.length < answered.length && `Searched only in part${forSome(answered.length - whole.length)}.`,
  ];
  return sentences.filter((sentence) => sentence !== false).join(' ');
}

/** The log grows while several photos are searched for. */
function recordsText(searched: readonly { readonly records: number | null }[]): string {
  const counts = searched.flatMap(({ records }) => records ?? []);
  if (counts.length < searched.length) return '';
  const least = counts.reduce((a, b) => Math.min(a, b));
  const most = counts.reduce((a, b) => Math.max(a, b));
  return `, in ${least < most ? 'at least ' : ''}${least.toLocaleString('en-US')} records of the hub's log`;
}
