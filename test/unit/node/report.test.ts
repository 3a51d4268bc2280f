import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkReport, exitCode, type MatchReport, type PhotoDecision } from '../../../src/node/check-report.js';
import { Photo } from '../../../src/node/graph/photo.js';
import { PhotoResult } from '../../../src/node/graph/report.js';
import {
  flatReport,
  queuedReport,
  searchedReport,
  unansweredReport,
  uncheckedReport,
} from '../../../src/node/photo-report.js';
import { withRemembered } from '../../../src/node/remembered-hits.js';
import { searchAll } from '../../../src/node/search-all.js';
import { openNodeStore } from '../../../src/node/store/store.js';
import type { PhotoRow } from '../../../src/node/store/tables.js';
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

  it('asks no more once the command is broken off', async () => {
    const abort = new AbortController();
    const asked: number[] = [];
    const ask = async (subject: number) => {
      asked.push(subject);
      if (subject === 5) abort.abort();
      return { matches: [], complete: true };
    };
    await searchAll([...Array(50).keys()], ask, () => undefined, abort.signal);
    expect(asked.length).toBeLessThan(11);
  });
});

describe('matches that the hub does not show any more', () => {
  it('stand where they belong, best first, and take no more room than was asked for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'claimprint-remembered-'));
    const store = await openNodeStore(join(folder, 'node.sqlite'));
    const asked = { content: Buffer.alloc(32), space: 's' };
    const shown = (entry: string, decision: 'DUPLICATE' | 'REVIEW', finalAnswer = false) => {
      return { report: { ...match(decision), entry }, finalAnswer };
    };
    await withRemembered(store, asked, [shown('silenced', 'DUPLICATE', true)], 1_000, 10);
    const now = [shown('a', 'REVIEW'), shown('b', 'REVIEW')];
    const entries = async (limit: number) =>
      (await withRemembered(store, asked, now, 2_000, limit)).map(({ entry }) => entry);
    expect(await entries(10)).toEqual(['silenced', 'a', 'b']);
    expect(await entries(2)).toEqual(['silenced', 'a']);
    await store.close();
    rmSync(folder, { recursive: true });
  });
});

describe('in the private graph', () => {
  it('a photo that was not looked for says so', () => {
    const noteOf = (...reported: Parameters<typeof searchedReport>) => new PhotoResult(searchedReport(...reported), []);
    expect(new PhotoResult(uncheckedReport(photo), [])).toMatchObject({ decision: 'NONE', note: 'NOT_CHECKED' });
    expect(new PhotoResult(flatReport(photo), [])).toMatchObject({ note: 'FLAT', flat: true, renewed: false });
    const remembered = { ...match('REVIEW'), remembered: true as const };
    expect(noteOf({ ...photo, renewed: true }, { matches: [remembered], complete: true })).toMatchObject({
      note: 'REMEMBERED',
      renewed: true,
    });
    expect(noteOf(photo, { matches: [], complete: true }).note).toBeUndefined();
  });

  it('a photo that was withdrawn has no thumbnail', () => {
    const row = { entry: 'e', ref: Buffer.alloc(32), added_at: 0, state: 'SUBMITTED' } as PhotoRow;
    expect(new Photo(row)).toMatchObject({ thumbnailUrl: '/thumbnails/e', entry: { thumbnailUrl: '/thumbnails/e' } });
    const withdrawn = new Photo({ ...row, state: 'WITHDRAWN' });
    expect([withdrawn.thumbnailUrl, withdrawn.entry.thumbnailUrl]).toEqual([undefined, undefined]);
  });
});
