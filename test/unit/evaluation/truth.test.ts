import { describe, expect, it } from 'vitest';
import { fitsTruth, formatTruth, parseTruth } from '../../../src/evaluation/truth.js';

describe('parseTruth', () => {
  it('reads two to four columns, with or without header, in lines of any system', () => {
    const text =
      '\uFEFFquery\treference\tedit\tnote\r\n# remark\r\na.jpg\tx/1.jpg\tmirror\r\n\r\nb.jpg\t\nb2.jpg\nc.jpg\t2.jpg\tgrid\tignored\n';
    expect(parseTruth(text)).toEqual([
      { line: 3, query: 'a.jpg', reference: 'x/1.jpg', edit: 'mirror', ignored: false },
      { line: 5, query: 'b.jpg', reference: undefined, edit: undefined, ignored: false },
      { line: 6, query: 'b2.jpg', reference: undefined, edit: undefined, ignored: false },
      { line: 7, query: 'c.jpg', reference: '2.jpg', edit: 'grid', ignored: true },
    ]);
    expect(parseTruth('query.jpg\treference.jpg')).toHaveLength(1);
    // A collage of a photo that has no partner may show references that are not its subject.
    expect(parseTruth('a\t\na\tb\tgrid\tignored')).toHaveLength(2);
  });

  it.each([
    ['\tx.jpg', /Line 1 .* names no query/],
    ['a\tb\nc\td\te\tignored\tf', /Line 2 .* more than four/],
    ['a\tb\te\tmaybe', /Line 1 .*"maybe"/],
    ['a\tb\na\tb', /Line 2 .* same as line 1/],
    ['a\t\nb\tc\na\tb', /Line 3 .* contradicts line 1: a has/],
    ['a\tb\n\na\t', /Line 3 .* contradicts line 1: a has/],
    ['b\t\na\t\t\tignored', /Line 2 .* names no reference/],
  ])('refuses %j and names the line', (text, message) => {
    expect(() => parseTruth(text)).toThrowError(expect.objectContaining({ code: 'BAD_REQUEST' }));
    expect(() => parseTruth(text)).toThrowError(message);
  });

  it('reads back what formatTruth writes', () => {
    const lines = [
      { query: 'a', reference: 'b', edit: 'mirror', ignored: false },
      { query: 'a', reference: 'c', edit: undefined, ignored: true },
      { query: 'd', reference: undefined, edit: undefined, ignored: false },
    ];
    expect(parseTruth(formatTruth(lines)).map(({ line, ...rest }) => rest)).toEqual(lines);
    expect(['a b.jpg', 'x/ü.png'].every(fitsTruth)).toBe(true);
    expect(['a\tb', 'a\n', ' a', '#a'].some(fitsTruth)).toBe(false);
  });
});
