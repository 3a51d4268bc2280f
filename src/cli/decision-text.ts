import type { PhotoReport } from '../node/check-report.js';

/** A decision, and in brackets what else is to be known of its photo. */
export function decisionText({ note, decision, alreadyKnown }: PhotoReport): string {
  if (note === 'not-checked') return 'added, not checked';
  const remarks = [
    ...(note === 'flat' ? ['blank'] : alreadyKnown ? ['already known'] : []),
    ...(note === 'remembered' ? ['remembered'] : []),
  ];
  return decision + (remarks.length > 0 ? ` (${remarks.join(', ')})` : '');
}
