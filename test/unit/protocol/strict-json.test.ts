import { describe, expect, it } from 'vitest';
import { parseStrictJson } from '../../../src/protocol/strict-json.js';

const parse = (text: string | Buffer) => parseStrictJson(Buffer.from(text as string));

describe('strict JSON', () => {
  it.each([
    '{}',
    ' [1, -2.5e3, true, null] ',
    '{"a":{"a":"\\ud83d\\ude00 \\n"},"b":""}',
    '"x"',
    '0',
  ])('reads %s as JSON.parse does', (text) => expect(parse(text)).toEqual(JSON.parse(text)));

  it.each([
    ['a repeated key', '{"a":1,"a":2}'],
    ['a key repeated through an escape', '{"a":1,"\\u0061":2}'],
    ['__proto__', '{"__proto__":{}}'],
    ['something behind the end', '{} {}'],
    ['a byte order mark', '\ufeff{}'],
    ['a lone surrogate', '"\\ud800"'],
    ['nesting of 10,000', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
    ['a trailing comma', '[1,]'],
    ['a leading zero', '[01]'],
    ['NaN', '[NaN]'],
    ['a raw line break in a string', '"\n"'],
    ['nothing', ''],
    ['an unfinished string', '"a'],
    ['an unfinished object', '{"a":1'],
  ])('refuses %s', (_what, text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
  });

  it('refuses invalid UTF-8', () => {
    expect(() => parseStrictJson(Buffer.from([0x22, 0xc3, 0x28, 0x22]))).toThrow(
      expect.objectContaining({ code: 'BAD_REQUEST' }),
    );
  });
});
