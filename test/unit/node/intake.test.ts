import { describe, expect, it } from 'vitest';
import { defaultExpiresAt } from '../../../src/node/expiry.js';
import { parseHubAddress } from '../../../src/node/hub-address.js';
import { claimsOf, parseClaim } from '../../../src/node/intake/claims.js';
import { parseCsv } from '../../../src/node/intake/csv.js';
import { claimReference, photoReference } from '../../../src/node/references.js';

describe('parseCsv', () => {
  it('reads quotes, both separators, both line ends and a byte order mark', () => {
    expect(parseCsv('\uFEFFa,b\r\n"x, ""y""",z\n\n')).toEqual([
      ['a', 'b'],
      ['x, "y"', 'z'],
    ]);
    expect(parseCsv('path;claim\nfoo.jpg;A,1')).toEqual([
      ['path', 'claim'],
      ['foo.jpg', 'A,1'],
    ]);
    expect(parseCsv('one.jpg,A-1')).toEqual([['one.jpg', 'A-1']]);
    expect(parseCsv('')).toEqual([]);
  });
});

describe('claims', () => {
  it('have one form', () => {
    expect(parseClaim('  A-1 ')).toBe('A-1');
    expect(parseClaim('Scha\u0308den')).toBe('Schäden');
    for (const bad of ['', '  ', 'a\nb', 'x'.repeat(201)]) expect(() => parseClaim(bad)).toThrow(/claim number/);
  });

  it('come from one source', async () => {
    expect((await claimsOf({ claim: 'A-1' }))('/x/y.jpg')).toBe('A-1');
    expect((await claimsOf({ claimsFrom: 'dirname' }))('/x/C-7/y.jpg')).toBe('C-7');
    await expect(claimsOf({})).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(claimsOf({ claim: 'A', claimsFrom: 'dirname' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});

describe('references', () => {
  const secret = Buffer.alloc(32, 1);
  const content = Buffer.alloc(32, 2);
  it('are WIRE.md’s: HMAC-SHA-256 over length-prefixed fields (values computed in Python)', () => {
    expect(photoReference(secret, 'A-1', content).toString('hex')).toBe(
      '58ee34bc1ab9ee5f6f16c9dc0472a26735e3c13eb26e57a22332627492dbd962',
    );
    expect(claimReference(secret, 'A-1').toString('hex')).toBe(
      'c54b55b2413d6c46ffadf49c27ccc69509220d023275cb493a21bb8550760d83',
    );
  });
});

describe('the hub’s address', () => {
  it('is https, or http on this machine', () => {
    expect(parseHubAddress('https://hub.example/')).toBe('https://hub.example');
    expect(parseHubAddress('http://127.0.0.1:7070/base/')).toBe('http://127.0.0.1:7070/base');
    expect(parseHubAddress('http://[::1]:7070')).toBe('http://[::1]:7070');
    expect(parseHubAddress('http://hub.internal', true)).toBe('http://hub.internal');
    for (const bad of ['http://hub.example', 'hub.example', 'ftp://x', 'https://a:b@hub', 'https://hub/?x']) {
      expect(() => parseHubAddress(bad)).toThrow();
    }
  });
});

describe('the default expiry', () => {
  it('is the last second of the fourth calendar year after this one', () => {
    const of = (date: string) => new Date(defaultExpiresAt(Date.parse(date)) * 1000).toISOString();
    expect(of('2026-01-01T00:00:00Z')).toBe('2030-12-31T23:59:59.000Z');
    expect(of('2026-12-31T23:59:59Z')).toBe('2030-12-31T23:59:59.000Z');
  });
});
