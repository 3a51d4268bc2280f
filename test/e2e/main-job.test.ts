import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyEdit } from '../../src/evaluation/edits.js';
import { cli } from '../support/cli.js';
import { Consortium } from '../support/consortium.js';
import { photo, photoFile } from '../support/photos.js';

const house = new Consortium();
beforeAll(() => house.start('insurer-a', 'insurer-b'), 120_000);
afterAll(() => house.remove());

const MONTH = new Date().toISOString().slice(0, 7);

describe('the main job through the command line', () => {
  it('A adds a photo: nothing found, exit code 0', async () => {
    const { code, json } = await house.ingest('insurer-a', [photoFile('nagasaki-boats')], 'A-1');
    expect(json).toMatchObject({ complete: true, photos: [{ decision: 'NONE', error: null, matches: [] }] });
    expect(code).toBe(0);
  });

  it('B adds an edited copy and an unseen photo: DUPLICATE or REVIEW with a handle and a month only, and NONE', async () => {
    const copy = house.path('copy of boats.jpg');
    writeFileSync(copy, await applyEdit(photo('nagasaki-boats'), 'messenger', 7));
    const paths = [photoFile('black-canyon'), copy];
    const { code, json } = await house.ingest('insurer-b', paths, 'B-1');
    expect(json.photos.map((p: { path: string }) => p.path)).toEqual(paths);
    expect(json.photos[0].decision).toBe('NONE');
    expect(json.photos[1].decision).toBe('DUPLICATE');
    const [match] = json.photos[1].matches;
    expect(match).toMatchObject({ scope: 'OTHER', firstSeen: MONTH, decision: 'DUPLICATE' });
    expect(match.tenant).not.toContain('insurer-a');
    expect([match.claim ?? null, match.path ?? null, match.similarity ?? null]).toEqual([null, null, null]);
    expect(Math.round(match.probability * 100) % 5).toBe(0);
    expect(code).toBe(11);
  });

  it('the same bytes within one claim are already known, and under another claim a DUPLICATE of its own', async () => {
    const again = await house.ingest('insurer-a', [photoFile('nagasaki-boats')], 'A-1');
    expect(again.json.photos[0].alreadyKnown).toBe(true);
    const other = await house.ingest('insurer-a', [photoFile('nagasaki-boats')], 'A-2');
    expect(other.json.photos[0]).toMatchObject({ decision: 'DUPLICATE', alreadyKnown: false });
    const own = other.json.photos[0].matches.find((m: { scope: string }) => m.scope === 'OWN');
    expect(own).toMatchObject({ claim: 'A-1', path: photoFile('nagasaki-boats'), decision: 'DUPLICATE' });
    expect(own.similarity).toBeGreaterThan(0.999);
    expect(other.code).toBe(11);
  });

  it('check looks where it is told and leaves nothing searchable', async () => {
    const seen = photoFile('march-pastoral');
    expect((await house.check('insurer-b', [seen])).json.photos[0].decision).toBe('NONE');
    expect((await house.check('insurer-a', [seen])).json.photos[0].decision).toBe('NONE');
    const known = photoFile('nagasaki-boats');
    expect((await house.check('insurer-b', [known], '--scope', 'others')).json.photos[0]).toMatchObject({
      decision: 'DUPLICATE',
      matches: [{ scope: 'OTHER' }, { scope: 'OTHER' }],
    });
    const own = await house.check('insurer-b', [photoFile('black-canyon')], '--scope', 'own');
    expect(own.json.photos[0].matches).toMatchObject([{ scope: 'OWN', claim: 'B-1' }]);
  });

  it('a withdrawn claim is never found again', async () => {
    const before = await house.check('insurer-a', [photoFile('black-canyon')], '--scope', 'others');
    expect(before.code).toBe(11);
    const gone = await cli(['withdraw', '--claim', 'B-1', '--data', house.path('insurer-b'), '--json']);
    expect(gone).toMatchObject({ code: 0, json: { withdrawn: 2, queued: 0, error: null } });
    const after = await house.check('insurer-a', [photoFile('black-canyon')], '--scope', 'others');
    expect(after).toMatchObject({ code: 0, json: { complete: true, photos: [{ decision: 'NONE', matches: [] }] } });
  });

  it('a hub that is down leaves UNKNOWN and the work in the outbox; it is delivered later, once', async () => {
    await house.hub.kill('SIGKILL');
    const { code, json } = await house.ingest('insurer-a', [photoFile('acanthus-mollis')], 'A-3');
    expect(json).toMatchObject({ complete: false, photos: [{ decision: 'UNKNOWN' }] });
    expect(json.photos[0].error).toMatchObject({ code: 'HUB_UNAVAILABLE' });
    expect(code).toBe(2);
    await house.restartHub();
    const later = await house.ingest('insurer-a', [photoFile('acanthus-mollis')], 'A-3');
    expect(later).toMatchObject({ code: 0, json: { complete: true, photos: [{ decision: 'NONE' }] } });
    const found = await house.check('insurer-b', [photoFile('acanthus-mollis')]);
    expect(found.json.photos[0].matches).toHaveLength(1);
  });

  it('check sends what waits before it looks, so that NONE means that all of one’s own was searched', async () => {
    await house.hub.kill('SIGKILL');
    await house.ingest('insurer-a', [photoFile('dust-bowl-home')], 'A-4');
    const away = await house.check('insurer-a', [photoFile('dust-bowl-home')], '--scope', 'own');
    expect(away).toMatchObject({ code: 2, json: { complete: false, photos: [{ decision: 'UNKNOWN' }] } });
    await house.restartHub();
    const back = await house.check('insurer-a', [photoFile('dust-bowl-home')], '--scope', 'own');
    expect(back).toMatchObject({
      code: 11,
      json: { photos: [{ decision: 'DUPLICATE', matches: [{ claim: 'A-4' }] }] },
    });
  });

  it('what was acknowledged before a kill -9 of the hub is found after it', async () => {
    const { json } = await house.check('insurer-b', [photoFile('nagasaki-boats')], '--scope', 'others');
    expect(json.photos[0].matches).toHaveLength(2);
  });

  it('a revoked insurer is refused at once', async () => {
    await cli(['hub', 'tenant', 'revoke', 'insurer-b', '--data', house.path('hub')]);
    const { code, json } = await house.check('insurer-b', [photoFile('nagasaki-boats')]);
    expect(code).toBe(2);
    expect(JSON.stringify(json)).toContain('UNAUTHENTICATED');
    const withdrawal = await cli(['withdraw', '--all', '--data', house.path('insurer-b'), '--json']);
    expect(withdrawal).toMatchObject({ code: 2, json: { withdrawn: 0, error: { code: 'UNAUTHENTICATED' } } });
    const list = await cli(['hub', 'tenant', 'list', '--data', house.path('hub'), '--json']);
    expect(list.json.tenants).toMatchObject([
      { tenant: 'insurer-a', state: 'ACTIVE' },
      { tenant: 'insurer-b', state: 'REVOKED' },
    ]);
  });
});
