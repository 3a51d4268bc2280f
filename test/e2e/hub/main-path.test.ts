import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeVectorOf } from './leaf-vector.js';
import {
  base64,
  direction,
  errorCode,
  FIND,
  leaf,
  near,
  REVIEW,
  type RunningHub,
  ref,
  runHub,
  SPACE,
  space,
  type TestNode,
} from './test-hub.js';

let running: RunningHub;
let a: TestNode;
let b: TestNode;

beforeAll(async () => {
  running = await runHub();
  a = await running.tenant('insurer-a');
  b = await running.tenant('insurer-b');
});
afterAll(() => running?.stop());

describe('two insurers and a hub', () => {
  it('answers a search before anything was submitted', async () => {
    const { body } = await b.find({ leaf: leaf('early') });
    expect(body.data.findDuplicates).toMatchObject({ matches: [], decision: 'NONE', complete: true, truncated: false });
  });

  it('finds a copy across insurers and says no more than it may', async () => {
    const submitted = await a.submit([leaf('photo 1', { month: '2026-02' }), leaf('photo 2')]);
    expect(submitted.body.data.submitEmbeddings.entryIds).toHaveLength(2);
    const copy = leaf('copy', { vector: near(direction('photo 1'), 0.93) });
    const { body, text } = await b.find({ leaf: copy });
    const { matches, ...answer } = body.data.findDuplicates;
    expect(answer).toMatchObject({ decision: 'DUPLICATE', complete: true, truncated: false });
    expect(matches).toHaveLength(1);
    expect(matches[0]).toMatchObject({
      scope: 'OTHER',
      decision: 'DUPLICATE',
      similarity: null,
      entry: { scope: 'OTHER', firstSeen: '2026-02' },
    });
    expect(matches[0].probability * 20).toBeCloseTo(Math.round(matches[0].probability * 20), 9);
    for (const secret of ['insurer-a', submitted.body.data.submitEmbeddings.entryIds[0], base64(ref('photo 1'))]) {
      expect(text).not.toContain(secret);
    }
  });

  it('gives each viewer handles of its own', async () => {
    const c = await running.tenant('insurer-c');
    const seen = async (node: TestNode) =>
      (await node.find({ leaf: leaf('x', { vector: direction('photo 1') }) })).body.data.findDuplicates.matches[0]
        .entry;
    const [first, again, other] = [await seen(b), await seen(b), await seen(c)];
    expect(again).toEqual(first);
    expect(other.id).not.toBe(first.id);
    expect(other.tenant).not.toBe(first.tenant);
  });

  it('finds by reference without the own entry and claim, with the exact similarity of own ones', async () => {
    const v = direction('by reference');
    const claimRef = ref('claim 7');
    await a.submit([
      leaf('r1', { vector: v, claimRef }),
      leaf('r2', { vector: v, claimRef }),
      leaf('r3', { vector: near(v, 0.9), claimRef: ref('claim 8') }),
    ]);
    const { body } = await a.find({ reference: ref('r1') });
    const { matches } = body.data.findDuplicates;
    expect(matches).toHaveLength(1);
    expect(matches[0]).toMatchObject({ scope: 'OWN', entry: { scope: 'OWN', tenant: 'insurer-a' } });
    expect(matches[0].similarity).toBeCloseTo(0.9, 5);
    expect((await a.find({ reference: ref('r1'), scope: 'OTHERS' })).body.data.findDuplicates.matches).toEqual([]);
    const foreign = await b.find({ reference: ref('r1') });
    const unknown = await b.find({ reference: ref('never submitted') });
    expect(errorCode(foreign)).toBe('NOT_FOUND');
    expect(foreign.body.errors[0].message).toBe(unknown.body.errors[0].message);
  });

  it('returns nothing below the review threshold', async () => {
    await a.submit([leaf('threshold')]);
    const at = (cosine: number) => near(direction('threshold'), cosine, 'beside the threshold');
    const ask = (cosine: number) => b.find({ leaf: leaf('t', { vector: at(cosine) }) });
    expect((await ask(REVIEW - 0.005)).body.data.findDuplicates.matches).toEqual([]);
    expect((await ask(REVIEW + 0.005)).body.data.findDuplicates.matches).toHaveLength(1);
  });

  it('caps foreign matches at ten and says that there are more', async () => {
    const v = direction('many');
    await a.submit(Array.from({ length: 14 }, (_, i) => leaf(`many ${i}`, { vector: near(v, 0.99 - i / 100) })));
    const foreign = (await b.find({ leaf: leaf('q', { vector: v }), limit: 50 })).body.data.findDuplicates;
    expect(foreign.matches).toHaveLength(10);
    expect(foreign.truncated).toBe(true);
    const own = (await a.find({ leaf: leaf('q', { vector: v }), limit: 50 })).body.data.findDuplicates;
    expect(own.matches).toHaveLength(14);
    expect(own.truncated).toBe(false);
    const probabilities = own.matches.map(({ probability }: { probability: number }) => probability);
    expect(probabilities).toEqual([...probabilities].sort((x, y) => y - x));
    expect((await b.find({ leaf: leaf('q', { vector: v }), limit: 3 })).body.data.findDuplicates.truncated).toBe(true);
  });

  it('filters by line of business, month and expiry', async () => {
    const v = direction('lines');
    await a.submit([
      leaf('l1', { vector: v, lineOfBusiness: 'MOTOR', month: '2026-01' }),
      leaf('l2', { vector: v, lineOfBusiness: 'TRAVEL', month: '2026-03' }),
    ]);
    const months = async (args: object) =>
      (await b.find({ leaf: leaf('q', { vector: v }), ...args })).body.data.findDuplicates.matches
        .map(({ entry }: { entry: { firstSeen: string } }) => entry.firstSeen)
        .sort();
    expect(await months({})).toEqual(['2026-01', '2026-03']);
    expect(await months({ linesOfBusiness: ['TRAVEL', 'OTHER'] })).toEqual(['2026-03']);
    expect(await months({ seenFrom: '2026-02' })).toEqual(['2026-03']);
    expect(await months({ seenTo: '2026-02' })).toEqual(['2026-01']);
  });

  it('refuses arguments that make no sense', async () => {
    const ask = async (change: object) => {
      const proof = await b.proof({ operation: 'findDuplicates', digest: Buffer.alloc(32) });
      const input = { space: SPACE, reference: base64(ref('x')), ...change };
      return errorCode(await b.query(FIND, { input }, proof));
    };
    const both = { entry: base64(leaf('x')) };
    const changes = [{ seenFrom: '2026-13' }, { seenFrom: '2026-03', seenTo: '2026-02' }, { limit: 0 }, { limit: 101 }];
    for (const change of [...changes, both, { reference: null }, { reference: 'AAAA' }, { scope: 'MINE' }]) {
      expect([change, await ask(change)]).toEqual([change, 'BAD_REQUEST']);
    }
  });

  it('reads vectors in every encoding', async () => {
    await a.submit([leaf('e16', { encoding: 'f16' }), leaf('e8', { encoding: 'int8' })]);
    for (const name of ['e16', 'e8']) {
      const { matches } = (await b.find({ leaf: leaf('q', { vector: decodeVectorOf(leaf(name)) }) })).body.data
        .findDuplicates;
      expect(matches).toHaveLength(1);
    }
  });

  it('tells spaces, own entries and status', async () => {
    const { body } = await a.query(
      '{ embeddingSpaces { id state dimensions entries reviewThreshold } hubStatus { hub ledgerSize indexed complete index protocolVersions } }',
    );
    expect(body.data.embeddingSpaces).toMatchObject([{ id: SPACE, state: 'ACTIVE', dimensions: 512 }]);
    expect(body.data.embeddingSpaces[0].entries).toBeGreaterThan(5);
    expect(body.data.hubStatus).toMatchObject({ hub: running.hub.id, complete: true, protocolVersions: [1] });
    const none = await b.query('{ embeddingSpaces { entries } }');
    expect(none.body.data.embeddingSpaces).toEqual([{ entries: 0 }]);
  });

  it("resolves the viewer's own entries as entities, and no others", async () => {
    const mine = (await a.submit([leaf('entity')])).body.data.submitEmbeddings.entryIds[0];
    const query = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Entry { id scope tenant } } }';
    const variables = {
      r: [
        { __typename: 'Entry', id: mine },
        { __typename: 'Entry', id: 'nothing' },
      ],
    };
    expect((await a.query(query, variables)).body.data._entities).toEqual([
      { id: mine, scope: 'OWN', tenant: 'insurer-a' },
      null,
    ]);
    expect((await b.query(query, variables)).body.data._entities).toEqual([null, null]);
  });

  it('refuses spaces that are not the consortium’s, each with its code', async () => {
    const refused = async (id: string) => [
      errorCode(await a.submit([leaf('s')], { space: id })),
      errorCode(await a.find({ leaf: leaf('s'), space: id as never })),
    ];
    expect(await refused(space({ keyCheck: 'ffffffffffffffff' }))).toEqual(['SEAL_KEY_MISMATCH', 'SEAL_KEY_MISMATCH']);
    expect(await refused(space({ epoch: 2 }))).toEqual(['EPOCH_MISMATCH', 'EPOCH_MISMATCH']);
    expect(await refused(space({ profile: 'plain' }))).toEqual(['UNKNOWN_SPACE', 'UNKNOWN_SPACE']);
    expect(await refused(space({ model: 'a'.repeat(64) }))).toEqual(['UNKNOWN_SPACE', 'UNKNOWN_SPACE']);
    expect(await refused('cp1:nonsense')).toEqual(['BAD_SPACE', 'BAD_SPACE']);
  });
});
