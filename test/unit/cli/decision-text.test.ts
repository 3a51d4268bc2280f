import { describe, expect, it } from 'vitest';
import { decisionText } from '../../../src/cli/decision-text.js';
import type { PhotoReport } from '../../../src/node/check-report.js';
import { searchedReport } from '../../../src/node/photo-report.js';

const report = searchedReport({ path: '/x.jpg' }, { matches: [], complete: true });
const text = (change: Partial<PhotoReport>) => decisionText({ ...report, decision: 'DUPLICATE', ...change });

describe('what stands beside a decision', () => {
  it('names each photo whose matches are remembered, also one that was known already', () => {
    expect(text({ note: 'remembered' })).toBe('DUPLICATE (remembered)');
    expect(text({ note: 'remembered', alreadyKnown: true })).toBe('DUPLICATE (already known, remembered)');
  });

  it('says what is blank, known already or was not checked, and else nothing', () => {
    expect(text({})).toBe('DUPLICATE');
    expect(text({ alreadyKnown: true })).toBe('DUPLICATE (already known)');
    expect(text({ decision: 'NONE', note: 'flat' })).toBe('NONE (blank)');
    expect(text({ decision: 'NONE', note: 'not-checked' })).toBe('added, not checked');
  });
});
