import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hubCommands } from '../../../src/hub/commands.js';
import { exitCode } from '../../../src/node/check-report.js';
import { nodeCommands } from '../../../src/node/commands.js';
import type { Node } from '../../../src/node/node.js';
import type { Progress } from '../../../src/node/progress.js';
import type { NodeStatus } from '../../../src/node/status.js';
import type { Withdrawal } from '../../../src/node/withdraw.js';
import { Insurers, run } from '../../support/insurers.js';
import { photo, photoFile } from '../../support/photos.js';

const house = new Insurers();
let a: Node;
let b: Node;
beforeAll(async () => {
  await house.start();
  a = await house.join('insurer-a');
  b = await house.join('insurer-b');
});
afterAll(() => house.remove());

const boats = photoFile('nagasaki-boats');

describe('adding photos', () => {
  it('a first photo finds nothing and is submitted', async () => {
    const report = await run(a, 'ingest', { paths: [boats], claim: 'A-1' });
    expect(report).toMatchObject({
      complete: true,
      photos: [{ path: boats, decision: 'NONE', error: null, alreadyKnown: false, matches: [] }],
    });
    expect(exitCode(report)).toBe(0);
    expect(await house.entriesAtHub('insurer-a')).toBe(1);
  });

  it('the same bytes in the same claim are already known, and are searched for again', async () => {
    const copy = house.write('renamed.jpg', photo('nagasaki-boats'));
    const report = await run(a, 'ingest', { paths: [copy, copy], claim: ' A-1 ' });
    expect(report.photos).toMatchObject([
      { alreadyKnown: true, decision: 'NONE' },
      { alreadyKnown: true, decision: 'NONE' },
    ]);
    expect(await house.entriesAtHub('insurer-a')).toBe(1);
  });

  it('the same bytes in another claim are a second entry, and a DUPLICATE of the first', async () => {
    const report = await run(a, 'ingest', { paths: [boats], claim: 'A-2' });
    expect(report.photos[0]).toMatchObject({
      alreadyKnown: false,
      decision: 'DUPLICATE',
      matches: [{ scope: 'OWN', tenant: 'insurer-a', claim: 'A-1', path: boats, decision: 'DUPLICATE' }],
    });
    expect(report.photos[0]?.matches[0]?.similarity).toBeGreaterThan(0.999);
    expect(exitCode(report)).toBe(11);
    expect(await house.entriesAtHub('insurer-a')).toBe(2);
  });

  it('another insurer sees a DUPLICATE, and of whose it is only a handle and a month', async () => {
    const report = await run(b, 'ingest', { paths: [boats], claim: 'B-1' });
    expect(report.photos[0]?.matches).toHaveLength(2);
    for (const match of report.photos[0]!.matches) {
      expect(match).toMatchObject({ scope: 'OTHER', claim: null, path: null, similarity: null, decision: 'DUPLICATE' });
      expect(match.tenant).not.toContain('insurer-a');
      expect(match.firstSeen).toMatch(/^\d{4}-\d{2}$/);
    }
  });

  it('without a check, photos are only added', async () => {
    const report = await run(b, 'ingest', { paths: [boats], claim: 'B-2', check: false });
    expect(report.photos[0]).toMatchObject({ decision: 'NONE', note: 'not-checked', matches: [] });
    expect(await house.entriesAtHub('insurer-b')).toBe(2);
  });
});

describe('looking', () => {
  it('check finds one’s own and others’, and leaves nothing', async () => {
    const before = await run<NodeStatus>(b, 'status', {});
    const all = await run(b, 'check', { paths: [boats] });
    expect(all.photos[0]!.matches.map(({ scope }) => scope).sort()).toEqual(['OTHER', 'OTHER', 'OWN', 'OWN']);
    const others = await run(b, 'check', { paths: [boats], scope: 'others', limit: 1 });
    expect(others.photos[0]!.matches).toMatchObject([{ scope: 'OTHER' }]);
    const unseen = await run(b, 'check', { paths: [photoFile('black-canyon')] });
    expect(unseen).toMatchObject({ complete: true, photos: [{ decision: 'NONE', matches: [] }] });
    const phases: unknown[] = [];
    const onProgress = (event: unknown) => phases.push(event);
    const two = { paths: [boats, photoFile('black-canyon')], scope: 'others' } as never;
    await nodeCommands.check!(b, two, onProgress, new AbortController().signal);
    expect(phases.map((event) => (event as Progress).phase)).toEqual([
      'fingerprint',
      'fingerprint',
      'search',
      'search',
    ]);
    expect(await run(b, 'status', {})).toEqual(before);
    expect(await house.entriesAtHub('insurer-b')).toBe(2);
    expect((await run(a, 'check', { paths: [photoFile('black-canyon')] })).photos[0]!.matches).toEqual([]);
  });
});

describe('taking back', () => {
  it('a path, then everything; a withdrawn photo can be added again', async () => {
    expect(await run<Withdrawal>(b, 'withdraw', { claim: 'B-2' })).toEqual({ withdrawn: 1, queued: 0, error: null });
    expect(await house.entriesAtHub('insurer-b')).toBe(1);
    expect(await run<Withdrawal>(b, 'withdraw', { paths: [boats] })).toEqual({ withdrawn: 1, queued: 0, error: null });
    expect(await house.entriesAtHub('insurer-b')).toBe(0);
    const again = await run(b, 'ingest', { paths: [boats], claim: 'B-1' });
    expect(again.photos[0]).toMatchObject({ alreadyKnown: false, decision: 'DUPLICATE' });
    expect(await run<Withdrawal>(b, 'withdraw', { all: true })).toEqual({ withdrawn: 1, queued: 0, error: null });
    expect(await house.entriesAtHub('insurer-b')).toBe(0);
    await expect(run(b, 'withdraw', { claim: 'B-7' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a hub that is away', () => {
  it('the work waits, the command says so, and it is delivered later', async () => {
    await house.stopHub();
    const path = photoFile('acanthus-mollis');
    const report = await run(a, 'ingest', { paths: [path], claim: 'A-3' });
    expect(report).toMatchObject({
      complete: false,
      photos: [{ decision: 'UNKNOWN', error: { code: 'HUB_UNAVAILABLE', message: expect.stringContaining('outbox') } }],
    });
    expect(exitCode(report)).toBe(2);
    const looked = await run(a, 'check', { paths: [path] });
    expect(looked).toMatchObject({ complete: false, photos: [{ decision: 'UNKNOWN' }] });
    expect(await run<Withdrawal>(a, 'withdraw', { claim: 'A-2' })).toMatchObject({
      withdrawn: 0,
      queued: 1,
      error: { code: 'HUB_UNAVAILABLE' },
    });
    expect(await run(a, 'status', {})).toMatchObject({ outbox: 2, photos: { QUEUED: 1, SUBMITTED: 1, WITHDRAWN: 1 } });
    await house.startHub();
    expect(await a.outbox.deliver()).toEqual({});
    expect(await run(a, 'status', {})).toMatchObject({ outbox: 0, photos: { QUEUED: 0, SUBMITTED: 2, WITHDRAWN: 1 } });
    expect(await house.entriesAtHub('insurer-a')).toBe(2);
    const again = await run(a, 'ingest', { paths: [path], claim: 'A-3' });
    expect(again).toMatchObject({ complete: true, photos: [{ alreadyKnown: true, decision: 'NONE' }] });
  });

  it('a revoked insurer is refused in words that help, and loses nothing', async () => {
    await hubCommands.tenantRevoke(house.hub, { tenant: 'insurer-b' });
    const report = await run(b, 'ingest', { paths: [photoFile('march-pastoral')], claim: 'B-9' });
    expect(report.photos[0]).toMatchObject({
      decision: 'UNKNOWN',
      error: { code: 'UNAUTHENTICATED', message: expect.stringContaining('revoked') },
    });
    expect(await run(b, 'status', {})).toMatchObject({ outbox: 1 });
  });
});
