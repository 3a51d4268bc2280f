import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../src/cli/display-width.js';
import { table } from '../../../src/cli/terminal.js';

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
});
