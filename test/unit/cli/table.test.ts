import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../src/cli/display-width.js';
import { resealText } from '../../../src/cli/node/reseal.js';
import { plain, table } from '../../../src/cli/terminal.js';

describe('the columns that a text takes', () => {
  it.each([
    ['photo.jpg', 9],
    ['事故写真.jpg', 12],
    ['ジコ', 4],
    ['ｼﾞｺ', 3],
    ['한국', 4],
    ['한국'.normalize('NFD'), 4],
    ['Schäden', 7],
    ['Scha\u0308den', 7],
    ['（全角）', 8],
    ['🚗.jpg', 6],
    ['❤️', 2],
    ['a\u200bb', 2],
    ['\ufffd', 1],
  ])('%s: %i', (text, columns) => {
    expect(displayWidth(text)).toBe(columns);
  });
});

describe('a table', () => {
  it('keeps its columns below each other, also behind wide characters, and disarms control characters', () => {
    const lines = table(
      ['photo', 'decision'],
      [
        ['事故写真.jpg', 'NONE'],
        ['a\u001b[2J.jpg', 'REVIEW'],
      ],
    ).split('\n');
    expect(lines).toEqual([
      'photo         decision',
      '────────────  ────────',
      '事故写真.jpg  NONE',
      'a\ufffd[2J.jpg     REVIEW',
    ]);
  });

  it('has room for more rows than a call takes arguments', () => {
    const rows = Array.from({ length: 130_000 }, (_, i) => [`${i}`]);
    expect(table(['photo'], rows).split('\n')).toHaveLength(130_002);
  });
});

describe('text that others chose', () => {
  it.each([
    ['a name whose end is turned around', 'damage\u202egpj.exe'],
    ['an isolate', 'a\u2067b'],
    ['a mark of direction', 'C-1\u200e'],
    ['a line separator', 'a\u2028NONE'],
    ['a zero-width space', 'C\u200b-1'],
    ['a joiner between letters', 'C\u200d-1'],
    ['a byte order mark', 'C\ufeff-1'],
    ['a soft hyphen', 'C\u00ad-1'],
    ['a variation of a digit', 'C-1\ufe0f'],
    ['a tag', 'C-1\u{e0041}'],
    ['an escape sequence of one character', 'a\u009b2J'],
  ])('is not shown as another text than it is: %s', (_what, text) => {
    expect(plain(text)).toMatch(/\ufffd/);
    expect(plain(text)).toHaveLength(text.replace(/[\ud800-\udbff]/g, '').length);
  });

  it('nor among the photos that were not moved', () => {
    const unreadable = [{ path: '/a\u202e.jpg', claim: 'C\nNONE', code: 'NOT_FOUND' } as const];
    const report = { space: 's', taken: true, moved: 1, waiting: 1, unreadable, refused: 0, older: [] };
    expect(resealText(report)).toContain('\n  /a\ufffd.jpg (claim C\ufffdNONE): NOT_FOUND');
  });

  it('keeps what one character on the screen is composed of', () => {
    for (const text of ['👩‍🔧.jpg', '👩🏽‍🔧', '❤️‍🔥', '1️⃣', '葛󠄀飾', 'Scha\u0308den', 'تأمين', '事故写真'])
      expect(plain(text)).toBe(text);
  });
});
