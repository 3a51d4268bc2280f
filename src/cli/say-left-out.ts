import type { CheckReport } from '../node/check-report.js';
import type { Sample } from '../node/intake/sample.js';
import { counted } from '../platform/counted.js';
import { plain, say } from './terminal.js';

/** Says on standard error what was asked for in folders and lists, and is in no row of the report. */
export function sayLeftOut({ passedOver, unmatchedLines }: CheckReport): void {
  if (passedOver && passedOver.count > 0) {
    say(`Passed over in folders (no photos, hidden files, links): ${sampleText(passedOver)}`);
  }
  if (unmatchedLines && unmatchedLines.count > 0) {
    const lines = counted(unmatchedLines.count, 'line names', 'lines name');
    say(`In the list of claims, ${lines} none of the photos: ${sampleText(unmatchedLines)}`);
  }
}

/** `a, b, c (3)`, or `a, b, c, d, e and 4 more (9)`. */
function sampleText({ count, first }: Sample): string {
  const more = count - first.length;
  return plain(`${first.join(', ')}${more > 0 ? ` and ${more} more` : ''} (${count})`);
}
