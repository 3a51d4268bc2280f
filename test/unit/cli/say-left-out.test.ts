import { afterEach, expect, it, vi } from 'vitest';
import { sayLeftOut } from '../../../src/cli/say-left-out.js';
import { checkReport } from '../../../src/node/check-report.js';

afterEach(() => vi.restoreAllMocks());

it('what is in no row of a report is said with its number and the first names, control characters disarmed', () => {
  const said: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  const report = checkReport([], 'ALL', []);
  sayLeftOut({ ...report, passedOver: { count: 0, first: [] } });
  expect(said).toEqual([]);
  const first = ['/x/a\u001b.pdf', '/x/b.txt', '/x/c', '/x/d', '/x/e'];
  sayLeftOut({ ...report, passedOver: { count: 7, first }, unmatchedLines: { count: 1, first: ['bakc.jpg'] } });
  expect(said).toEqual([
    'Passed over in folders (no photos, hidden files, links): /x/a\ufffd.pdf, /x/b.txt, /x/c, /x/d, /x/e and 2 more (7)\n',
    'In the list of claims, 1 line names none of the photos: bakc.jpg (1)\n',
  ]);
});
