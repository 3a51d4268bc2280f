import { describe, expect, it } from 'vitest';
import { searchedText } from '../../../src/cli/searched-text.js';
import { checkReport, type Searched } from '../../../src/node/check-report.js';
import { searchedReport, unansweredReport, uncheckedReport } from '../../../src/node/photo-report.js';
import type { Scope } from '../../../src/protocol/enums.js';
import { ClaimprintError } from '../../../src/protocol/errors.js';

const photo = { path: '/x.jpg' };
const text = (scope: Scope | undefined, searched: readonly (Searched | null)[], more = {}) => {
  const photos = searched.map((each) =>
    each
      ? searchedReport(
          { ...photo, ...more },
          { matches: [], complete: each.complete, searched: each.records ?? undefined },
        )
      : unansweredReport(photo, new ClaimprintError('HUB_UNAVAILABLE', 'Down.')),
  );
  return searchedText(checkReport(photos, scope, []));
};
const whole = (records: number | null) => ({ records, complete: true });
const part = (records: number) => ({ records, complete: false });

describe('how much was searched, in words', () => {
  it('names place, scope and records of the log', () => {
    expect(text('ALL', [whole(12_345)])).toBe(
      "Searched: one's own photos and other insurers', in 12,345 records of the hub's log (scope ALL).",
    );
    expect(text('OWN', [whole(7)])).toBe("Searched: one's own photos, in 7 records of the hub's log (scope OWN).");
    expect(text('OTHERS', [whole(7)])).toContain("other insurers' photos, in 7 records");
  });

  it('leaves out the claim that a photo was added to', () => {
    expect(text('ALL', [whole(7)], { entry: 'id' })).toContain("other insurers', but for the same claim, in 7 records");
  });

  it('says the least of a log that grows from photo to photo', () => {
    expect(text('ALL', [whole(1_002), whole(1_000), whole(1_001)])).toContain('in at least 1,000 records');
  });

  it('has room for more photos than a call takes arguments', () => {
    const report = searchedReport(photo, { matches: [], complete: true, searched: 7 });
    const photos = new Array(130_000).fill(report);
    expect(searchedText(checkReport(photos, 'OWN', []))).toContain('in 7 records');
  });

  it('counts as searched only photos for which all of the scope was', () => {
    expect(text('ALL', [whole(9), part(3), null])).toBe(
      "Searched: one's own photos and other insurers', in 9 records of the hub's log (scope ALL), for 1 of 3 photos. " +
        'Searched only in part, for 1 of 3 photos.',
    );
    expect(text('ALL', [part(3)])).toBe('Searched only in part.');
  });

  it('invents no number that the hub did not give', () => {
    expect(text('OTHERS', [whole(9), whole(null)])).toBe("Searched: other insurers' photos (scope OTHERS).");
  });

  it('is silent where nothing was to be searched, and says so where nothing could be', () => {
    expect(searchedText(checkReport([uncheckedReport(photo)], undefined, []))).toBeUndefined();
    expect(text('ALL', [])).toBeUndefined();
    expect(text('ALL', [null, null])).toBe('Nothing was searched.');
  });
});
