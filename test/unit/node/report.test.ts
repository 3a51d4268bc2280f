import { describe, expect, it } from 'vitest';
import { checkReport, exitCode, type MatchReport, type PhotoDecision } from '../../../src/node/check-report.js';
import { queuedReport, searchedReport, unansweredReport } from '../../../src/node/photo-report.js';
import { searchAll } from '../../../src/node/search-all.js';
import { ClaimprintError } from '../../../src/protocol/errors.js';

const photo = { path: '/x.jpg' };
const match = (decision: 'DUPLICATE' | 'REVIEW'): MatchReport => ({
  scope: 'OTHER',
  tenant: 't',
  entry: 'e',
  claim: null,
  path: null,
  firstSeen: '2026-11',
  decision,
  probability: 0.9,
  kind: null,
  evidence: null,
  similarity: null,
});
const report = (...decisions: PhotoDecision[]) =>
  checkReport(
    decisions.map((decision) => ({ ...searchedReport(photo, { matches: [], complete: true }), decision })),
    'ALL',
    [],
  );

describe('exit codes', () => {
  it('the strongest finding wins, then what could not be decided', () => {
    expect(exitCode(report())).toBe(0);
    expect(exitCode(report('NONE', 'NONE'))).toBe(0);
    expect(exitCode(report('NONE', 'ERROR'))).toBe(2);
    expect(exitCode(report('UNKNOWN', 'NONE'))).toBe(2);
    expect(exitCode(report('REVIEW', 'ERROR', 'UNKNOWN'))).toBe(10);
    expect(exitCode(report('REVIEW', 'DUPLICATE', 'ERROR'))).toBe(11);
  });
});

describe('decisions', () => {
  it('NONE needs a complete search; a hit does not', () => {
    expect(searchedReport(photo, { matches: [], complete: true }).decision).toBe('NONE');
    expect(searchedReport(photo, { matches: [], complete: false }).decision).toBe('UNKNOWN');
    expect(searchedReport(photo, { matches: [match('REVIEW'), match('DUPLICATE')], complete: false }).decision).toBe(
      'DUPLICATE',
    );
    expect(checkReport([searchedReport(photo, { matches: [], complete: false })], 'ALL', []).complete).toBe(false);
  });

  it('the hub’s trouble is UNKNOWN, a refused photo is an ERROR', () => {
    const down = new ClaimprintError('HUB_UNAVAILABLE', 'Down.');
    expect(unansweredReport(photo, down)).toMatchObject({ decision: 'UNKNOWN', error: { code: 'HUB_UNAVAILABLE' } });
    expect(queuedReport(photo, down).error?.message).toMatch(/^Down\. .*outbox/);
    expect(unansweredReport(photo, new ClaimprintError('BAD_ENTRY', 'Bad.')).decision).toBe('ERROR');
  });
});

describe('searchAll', () => {
  it('stops asking a hub that is out of reach, and goes on after one photo’s own error', async () => {
    const outcome = async (code: 'HUB_UNAVAILABLE' | 'BAD_ENTRY') => {
      let asked = 0;
      const answers: boolean[] = [];
      const ask = async (): Promise<never> => {
        asked++;
        throw new ClaimprintError(code, 'No.');
      };
      await searchAll([...Array(50).keys()], ask, (_subject, { ...answer }) => answers.push('error' in answer));
      return { asked, answered: answers.length };
    };
    expect(await outcome('BAD_ENTRY')).toEqual({ asked: 50, answered: 50 });
    const down = await outcome('HUB_UNAVAILABLE');
    expect(down.answered).toBe(50);
    expect(down.asked).toBeLessThan(9);
  });
});
