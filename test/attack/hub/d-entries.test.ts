import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hubCommands } from '../../../src/hub/commands.js';
import { submissionDigest } from '../../../src/protocol/digest.js';
import { LIMITS } from '../../../src/protocol/limits.js';
import { PROOF_HEADER } from '../../../src/protocol/proof.js';
import { encodeVector } from '../../../src/protocol/vector.js';
import {
  base64,
  DIMENSIONS,
  direction,
  errorCode,
  leaf,
  matches,
  near,
  ref,
  SPACE,
  SUBMIT,
  space,
} from '../../e2e/hub/test-hub.js';
import { AttackedHub, BAD_REQUEST, type Refusal } from './attacked-hub.js';

const hub = new AttackedHub();
beforeAll(() => hub.start());
afterAll(() => hub.stop());

const BAD_VECTOR: Refusal = [400, 'BAD_VECTOR'];
const BAD_ENTRY: Refusal = [400, 'BAD_ENTRY'];
const BATCH = Array.from({ length: 50 }, (_, i) => leaf(`batch ${i}`));
const unit = direction('unit');

const part = (encoding: 'f32' | 'f16' | 'int8', bytes: Uint8Array) =>
  leaf('attacked', { parts: [{ kind: 0, encoding, bytes }] });
const floats = (change: (x: number, i: number) => number) => part('f32', encodeVector(unit.map(change), 'f32'));

/** A signed batch with a bad item in its middle must be refused whole, and the item be named. */
async function submitWith(item: Uint8Array) {
  const answer = await hub.a.submit(BATCH.with(30, Buffer.from(item)));
  expect(answer.body.errors[0].message).toMatch(/^Entry 30: /);
  return answer;
}

describe('D1: vectors that are none, and offsets out of range', () => {
  it('D1: NaN, infinite, zero, denormal, huge, too short and too long, in every encoding, by submission and search', async () => {
    const f16 = (value: number) => {
      const bytes = Buffer.alloc(DIMENSIONS * 2);
      for (let i = 0; i < DIMENSIONS; i++) bytes.writeUInt16LE(value, i * 2);
      return part('f16', bytes);
    };
    const int8 = (scale: number, number: number) => {
      const bytes = Buffer.alloc(4 + DIMENSIONS, number);
      bytes.writeFloatLE(scale);
      return part('int8', bytes);
    };
    const items: Record<string, Uint8Array> = {
      'one NaN': floats((x, i) => (i === 7 ? Number.NaN : x)),
      'all NaN': floats(() => Number.NaN),
      'one infinite': floats((x, i) => (i === 7 ? Number.POSITIVE_INFINITY : x)),
      'one minus infinite': floats((x, i) => (i === 7 ? Number.NEGATIVE_INFINITY : x)),
      zero: floats(() => 0),
      'minus zero': floats(() => -0),
      denormal: floats(() => 1e-40),
      '1e38': floats(() => 1e38),
      'length .5': floats((x) => x * 0.5),
      'length 2': floats((x) => x * 2),
      'length 1.002': floats((x) => x * 1.002),
      'length .998': floats((x) => x * 0.998),
      'f16 NaN': f16(0x7e00),
      'f16 infinite': f16(0x7c00),
      'f16 zero': f16(0),
      'f16 denormal': f16(1),
      'int8 of scale NaN': int8(Number.NaN, 1),
      'int8 of infinite scale': int8(Number.POSITIVE_INFINITY, 1),
      'int8 of scale zero': int8(0, 1),
      'int8 zero': int8(1, 0),
      'int8 too long': int8(1, 1),
    };
    await hub.refuses(
      Object.entries(items).flatMap(([name, item]) => [
        [`${name}, submitted`, () => submitWith(item), BAD_VECTOR] as const,
        [`${name}, searched`, () => hub.a.find({ leaf: item }), BAD_VECTOR] as const,
      ]),
    );
  });

  it('D1: an offset that no number of the format may be is refused; one beyond the space’s range gains no more than the range', async () => {
    const at = 102;
    const outside = [1_000_001, -1_000_001, 2 ** 31 - 1, -(2 ** 31)].map((offset) => {
      const bytes = Buffer.from(BATCH[30]!);
      bytes.writeInt32BE(offset, at);
      return [`offset ${offset}`, () => submitWith(bytes), BAD_ENTRY] as const;
    });
    await hub.refuses(outside);

    await hub.a.submit([leaf('shown')]);
    const { offset } = await hub.running.hub.spaces.manifest(SPACE);
    const similarity = async (millionths: number) => {
      const query = leaf('query', { vector: near(direction('shown'), 0.97), offset: Math.round(millionths) });
      return (await hub.a.find({ leaf: query })).body.data.findDuplicates.matches[0]?.similarity;
    };
    expect(await similarity(0)).toBeCloseTo(0.97, 5);
    expect(await similarity(1_000_000)).toBe(await similarity(offset.max * 1_000_000));
    expect(await similarity(-1_000_000)).toBe(await similarity(offset.min * 1_000_000));
  });
});

describe('D2: tiles of a search', () => {
  it('D2: without offsets, with other offsets, without a photo, of an unknown kind, of a bad vector, in a submission: refused', async () => {
    const { a } = hub;
    const tiles = [direction('one tile'), direction('another')];
    const query = leaf('q', { tiles });
    const whole = { kind: 0, encoding: 'f32', bytes: encodeVector(unit, 'f32') } as const;
    const bad = encodeVector(
      unit.map((x) => x * 0.5),
      'f32',
    );
    await hub.refuses([
      ['no offsets', () => a.find({ leaf: query }), BAD_REQUEST],
      ['one too few', () => a.find({ leaf: query, tileOffsets: [0] }), BAD_REQUEST],
      ['one too many', () => a.find({ leaf: query, tileOffsets: [0, 0, 0] }), BAD_REQUEST],
      ['no tiles', () => a.find({ leaf: leaf('q'), tileOffsets: [0] }), BAD_REQUEST],
      ['a reference', () => a.find({ reference: ref('x'), tileOffsets: [0] }), BAD_REQUEST],
      ['an offset over 1', () => a.find({ leaf: query, tileOffsets: [0, 1_000_001] }), BAD_REQUEST],
      ['an offset under -1', () => a.find({ leaf: query, tileOffsets: [-(2 ** 31), 0] }), BAD_REQUEST],
      ['an unknown kind', () => a.find({ leaf: leaf('q', { parts: [whole, { ...whole, kind: 24 }] }) }), BAD_ENTRY],
      [
        'a bad vector',
        () => a.find({ leaf: leaf('q', { parts: [whole, { ...whole, kind: 10, bytes: bad }] }), tileOffsets: [0] }),
        BAD_VECTOR,
      ],
      ['a submission', () => submitWith(query), BAD_ENTRY],
    ]);
  });
});

describe('D2: entries of another length or form', () => {
  it('D2: 511, 513 and 2048 dimensions, stray bytes, no bytes', async () => {
    const other = (dimensions: number) => part('f32', encodeVector(direction('long', dimensions), 'f32'));
    const good = encodeVector(unit, 'f32');
    const items: Record<string, readonly [Uint8Array, Refusal]> = {
      ...Object.fromEntries(
        [DIMENSIONS - 1, DIMENSIONS + 1, 2048, 1].map(
          (count) => [`${count} dimensions`, [other(count), BAD_VECTOR]] as const,
        ),
      ),
      'no dimension': [part('f32', Buffer.alloc(0)), BAD_VECTOR],
      'three stray bytes in the vector': [part('f32', Buffer.concat([good, Buffer.alloc(3)])), BAD_VECTOR],
      'a byte cut off the vector': [part('f32', good.subarray(0, -1)), BAD_VECTOR],
      'f32 said to be int8': [part('int8', good), BAD_VECTOR],
      'f32 said to be f16': [part('f16', good), BAD_VECTOR],
      'int8 without a scale': [part('int8', Buffer.alloc(DIMENSIONS)), BAD_VECTOR],
      'three stray bytes behind the entry': [Buffer.concat([BATCH[30]!, Buffer.alloc(3)]), BAD_ENTRY],
      'a byte cut off the entry': [BATCH[30]!.subarray(0, -1), BAD_ENTRY],
      'an empty entry': [Buffer.alloc(0), BAD_ENTRY],
      'no claim': [leaf('no claim', { claimRef: undefined }), BAD_ENTRY],
      'expired long ago': [leaf('expired', { expiresAt: 1 }), BAD_ENTRY],
    };
    await hub.refuses(
      Object.entries(items).map(([name, [item, refusal]]) => [name, () => submitWith(item), refusal] as const),
    );
  });

  it('D2: what is no canonical base64 of an entry', async () => {
    const { a } = hub;
    const good = base64(BATCH[0]!);
    const proof = await a.proof({ operation: 'submitEmbeddings', digest: submissionDigest([BATCH[0]!]) });
    const send = (entries: unknown) => a.query(SUBMIT, { input: { space: SPACE, entries } }, proof);
    const items: Record<string, unknown> = {
      'a space in front': [` ${good}`],
      'a line break behind': [`${good}\n`],
      'no padding': [good.replace(/=+$/, '')],
      'too much padding': [`${good}====`],
      base64url: [good.replaceAll('+', '-').replaceAll('/', '_')],
      'other bits behind the end': [good.replace(/.(=+)$/, '9$1')],
      'a character of none': [`!${good.slice(1)}`],
      'a list of numbers': [[...BATCH[0]!.subarray(0, 8)]],
      'a list of floats': [[0.1, 0.2]],
      'a number': [1],
      null: [null],
      'an object': [{ data: good }],
      'a text that is too large': ['A'.repeat(Math.ceil(LIMITS.maxLeafBytes / 3) * 4 + 4)],
    };
    if (!/=+$/.test(good)) for (const name of ['no padding', 'other bits behind the end']) delete items[name];
    if (!/[+/]/.test(good)) delete items.base64url;
    const before = await hub.head();
    for (const [name, entries] of Object.entries(items)) {
      const answer = await send(entries);
      expect([name, answer.status, /^BAD_(ENTRY|REQUEST)$/.test(errorCode(answer)!)]).toEqual([name, 400, true]);
    }
    expect(await hub.head()).toEqual(before);
    const inline = `{ findDuplicates(input: { space: "${SPACE}", entry: "${good}" }) { decision } }`;
    await hub.refuses([['inline', () => a.query(inline, {}, proof), BAD_REQUEST]]);
  });
});

describe('D3: spaces that are not this consortium’s', () => {
  it('D3: unknown, retired, of another epoch, of another sealing key, of another form: each with its code', async () => {
    const other = new AttackedHub();
    await other.start();
    const { a, running } = other;
    await a.submit([leaf('pins the space')]);
    const next = space({ epoch: 2, keyCheck: '8899aabbccddeeff' });
    await hubCommands.spaceAdd(running.hub, { space: next });
    await hubCommands.spaceRetire(running.hub, { space: SPACE, yes: true });
    const half = leaf('half', { vector: direction('half', DIMENSIONS / 2) });
    const submit =
      (at: string, item = leaf('elsewhere')) =>
      () =>
        a.submit([item], { space: at });
    const find = (at: string) => () => a.find({ space: at, leaf: leaf('elsewhere') });
    const model = 'ab'.repeat(32);
    await other.refuses([
      ['an unknown model', submit(space({ model })), [400, 'UNKNOWN_SPACE']],
      ['an unknown model, searched', find(space({ model })), [400, 'UNKNOWN_SPACE']],
      ['an unknown preprocessing', submit(space({ preprocessing: 'edge999-9' })), [400, 'UNKNOWN_SPACE']],
      ['an unknown whitening', submit(space({ whitening: model })), [400, 'UNKNOWN_SPACE']],
      ['a retired space', submit(SPACE), [400, 'SPACE_RETIRED']],
      ['another epoch', submit(space({ epoch: 3, keyCheck: '8899aabbccddeeff' })), [400, 'EPOCH_MISMATCH']],
      ['another sealing key', submit(space({ epoch: 2, keyCheck: 'ffffffffffffffff' })), [400, 'SEAL_KEY_MISMATCH']],
      ['vectors of half as many numbers', submit(next, half), [400, 'BAD_VECTOR']],
      ['no space id', submit('cp1:nonsense'), [400, 'BAD_SPACE']],
      ['an empty space id', submit(''), [400, 'BAD_SPACE']],
      ['a path', submit('../../etc/passwd'), [400, 'BAD_SPACE']],
    ]);
    expect(errorCode(await submit(next)())).toBeUndefined();
    await other.stop();
  });
});

describe('D4: how much a submission may hold', () => {
  it('D4: no item, one too many, a body over the limit, one bad item in 500: refused whole', async () => {
    const { a, authorization } = hub;
    const vector = direction('same');
    const many = Array.from({ length: LIMITS.maxEntriesPerBatch + 1 }, (_, i) =>
      leaf(`many ${i}`, { vector, encoding: 'int8' }),
    );
    const most = many.slice(1);
    const proof = await a.proof({ operation: 'submitEmbeddings', digest: submissionDigest(most), count: most.length });
    const large = `{"query":"${'x'.repeat(LIMITS.maxBodyBytes)}"}`;
    const chunked = async () => {
      const headers = { authorization, 'content-type': 'application/json', [PROOF_HEADER]: proof };
      const init = { method: 'POST', headers, body: new Blob([large]).stream(), duplex: 'half' } as RequestInit;
      const response = await fetch(`${hub.running.address}/graphql`, init);
      const text = await response.text();
      return { status: response.status, text, body: JSON.parse(text), headers: response.headers };
    };
    await hub.refuses([
      ['no item', () => a.submit([]), BAD_REQUEST],
      ['one too many', () => a.submit(many), [413, 'TOO_MANY_ENTRIES']],
      ['a body over the limit', () => a.post(large, { authorization, [PROOF_HEADER]: proof }), [413, 'BODY_TOO_LARGE']],
      ['a body over the limit, its length not told', chunked, [413, 'BODY_TOO_LARGE']],
      ['one bad in 500', () => a.submit(most.with(499, part('int8', Buffer.alloc(7)))), BAD_VECTOR],
    ]);
    expect(matches(await a.find({ leaf: leaf('q', { vector }) }))).toBe(0);
    expect(errorCode(await a.submit(most))).toBeUndefined();
  });

  it('D4: matches asked for, and references of a withdrawal, one too few or too many', async () => {
    const { a } = hub;
    const references = Array.from({ length: LIMITS.maxReferencesPerWithdrawal + 1 }, (_, i) => ref(`none ${i}`));
    const limit = (count: number, allScores?: true) => () => a.find({ leaf: BATCH[0]!, limit: count, allScores });
    await hub.refuses([
      ['no match', limit(0), BAD_REQUEST],
      ['one too many matches', limit(LIMITS.maxMatches + 1), BAD_REQUEST],
      ['one too many scores', limit(LIMITS.maxScores + 1, true), BAD_REQUEST],
      ['no reference', () => a.withdraw({ references: [] }), BAD_REQUEST],
      ['one reference too many', () => a.withdraw({ references }), [413, 'TOO_MANY_ENTRIES']],
      ['neither reference nor entry', () => a.find({}), BAD_REQUEST],
      ['reference and entry', () => a.find({ leaf: BATCH[0]!, reference: ref('batch 0') }), BAD_REQUEST],
    ]);
  });
});

describe('D5: the same reference again', () => {
  it('D5: twice in a batch, or with other bytes: refused, and the first stays', async () => {
    const { a } = hub;
    const kept = leaf('kept', { vector: direction('first form') });
    await a.submit([kept]);
    const changed = leaf('kept', { vector: direction('second form') });
    await hub.refuses([
      ['twice, the same bytes', () => a.submit([BATCH[0]!, BATCH[0]!]), [400, 'DUPLICATE_REFERENCE']],
      ['twice, other bytes', () => a.submit(BATCH.with(30, leaf('batch 3'))), [400, 'DUPLICATE_REFERENCE']],
      // An answer of GraphQL, as all conflicts are: the request was a good one.
      ['again, other bytes', () => a.submit([changed]), [200, 'REFERENCE_CONFLICT']],
      ['again, other bytes beside new ones', () => a.submit([BATCH[0]!, changed]), [200, 'REFERENCE_CONFLICT']],
    ]);
    const found = async (name: string) => matches(await a.find({ leaf: leaf('q', { vector: direction(name) }) }));
    expect([await found('first form'), await found('second form'), await found('batch 0')]).toEqual([1, 0, 0]);
    // The same bytes are no second entry, and a withdrawal makes room for others.
    expect(errorCode(await a.submit([kept]))).toBeUndefined();
    expect(await found('first form')).toBe(1);
    await a.withdraw({ references: [ref('kept')] });
    expect(errorCode(await a.submit([changed]))).toBeUndefined();
    expect([await found('first form'), await found('second form')]).toEqual([0, 1]);
  });
});
