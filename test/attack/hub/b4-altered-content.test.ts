import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type FindArguments,
  findDigest,
  submissionDigest,
  type WithdrawTarget,
  withdrawDigest,
} from '../../../src/protocol/digest.js';
import type { Operation } from '../../../src/protocol/enums.js';
import {
  base64,
  direction,
  errorCode,
  FIND,
  findInput,
  leaf,
  ref,
  SPACE,
  SUBMIT,
  space,
  WITHDRAW,
} from '../../e2e/hub/test-hub.js';
import { AttackedHub, BAD_REQUEST, NOT_AUTHENTICATED } from './attacked-hub.js';

const hub = new AttackedHub();
beforeAll(() => hub.start());
afterAll(() => hub.stop());

/** Where each field of a leaf of the tests begins, its length skipped. */
const AT = { reference: 9, claimReference: 45, line: 81, expiry: 90, offset: 102, salt: 110, vector: 140 } as const;
const OTHER_SPACE = space({ keyCheck: '0011223344556678' });

const [x, y, z] = [leaf('x'), leaf('y'), leaf('z')];

describe('B4: content that is not what was signed', () => {
  it('B4: one bit of a submission changed, an item added, removed or swapped', async () => {
    const { a } = hub;
    const signed = [x, y];
    const send = async (sent: readonly Uint8Array[], at: string = SPACE, count = signed.length) => {
      const proof = await a.proof({ operation: 'submitEmbeddings', digest: submissionDigest(signed), count });
      return a.query(SUBMIT, { input: { space: at, entries: sent.map(base64) } }, proof);
    };
    const flipped = (at: number, bit = 1) => {
      const bytes = Buffer.from(x);
      // The lowest bit of a number in the vector: it stays one of length 1.
      bytes[at] = bytes[at]! ^ bit;
      return [bytes, y];
    };
    await hub.refuses([
      ...Object.entries(AT)
        .filter(([name]) => name !== 'line')
        .map(([name, at]) => [`a bit of the ${name}`, () => send(flipped(at + 3)), NOT_AUTHENTICATED] as const),
      ['a bit of the line of business', () => send(flipped(AT.line, 3)), NOT_AUTHENTICATED],
      ['a bit of the last number', () => send([flipped(x.length - 4)[0]!, y]), NOT_AUTHENTICATED],
      ['a bit of the space', () => send(signed, OTHER_SPACE), NOT_AUTHENTICATED],
      ['the count one more', () => send(signed, SPACE, 3), NOT_AUTHENTICATED],
      ['the count one less', () => send(signed, SPACE, 1), NOT_AUTHENTICATED],
      ['the order', () => send([y, x]), NOT_AUTHENTICATED],
      ['an item added', () => send([x, y, z]), NOT_AUTHENTICATED],
      ['an item removed', () => send([x]), NOT_AUTHENTICATED],
      ['an item replaced', () => send([x, z]), NOT_AUTHENTICATED],
    ]);
    // What was signed is taken: it was the change that was refused.
    expect(errorCode(await send(signed))).toBeUndefined();
  });

  it('B4: any argument of a search changed', async () => {
    const { a } = hub;
    const signed: FindArguments = {
      space: SPACE,
      leaf: x,
      scope: 'ALL',
      limit: 10,
      linesOfBusiness: ['MOTOR'],
      seenFrom: '2020-01' as never,
      seenTo: '2020-02' as never,
      purpose: 'CLAIM_CHECK',
    };
    const send = async (change: Partial<FindArguments>, from: FindArguments = signed) => {
      const proof = await a.proof({ operation: 'findDuplicates', digest: findDigest(from), space: from.space });
      return a.query(FIND, { input: findInput({ ...from, ...change }) }, proof);
    };
    const byReference: FindArguments = { ...signed, leaf: undefined, reference: ref('x') };
    const tiles = [direction('one tile'), direction('another')];
    const deep: FindArguments = { ...signed, leaf: leaf('x', { tiles }), tileOffsets: [100_000, 200_000] };
    const changed = Buffer.from(x);
    changed[x.length - 4]! ^= 1;
    const changes: Record<string, Partial<FindArguments>> = {
      leaf: { leaf: changed },
      space: { space: OTHER_SPACE },
      scope: { scope: 'OTHERS' },
      limit: { limit: 11 },
      'a line of business added': { linesOfBusiness: ['MOTOR', 'TRAVEL'] },
      'the lines of business dropped': { linesOfBusiness: [] },
      'a line of business twice': { linesOfBusiness: ['MOTOR', 'MOTOR'] },
      from: { seenFrom: '2020-02' as never },
      to: { seenTo: '2020-03' as never },
      'no from': { seenFrom: undefined },
      purpose: { purpose: 'AUDIT' },
      'all scores': { allScores: true },
      'leaf to reference': { leaf: undefined, reference: ref('x') },
    };
    await hub.refuses([
      ...Object.entries(changes).map(([name, change]) => [name, () => send(change), NOT_AUTHENTICATED] as const),
      ['reference', () => send({ reference: ref('y') }, byReference), NOT_AUTHENTICATED],
      ['the offset of a tile', () => send({ tileOffsets: [100_000, 200_001] }, deep), NOT_AUTHENTICATED],
      ['the offsets of tiles swapped', () => send({ tileOffsets: [200_000, 100_000] }, deep), NOT_AUTHENTICATED],
      ['the tiles dropped', () => send({ leaf: x, tileOffsets: undefined }, deep), NOT_AUTHENTICATED],
    ]);
    expect(errorCode(await send({}))).toBeUndefined();
    expect(errorCode(await send({}, deep))).toBeUndefined();
  });

  it('B4: any argument of a withdrawal changed', async () => {
    const { a } = hub;
    await a.submit([leaf('stays')]);
    const two: WithdrawTarget = { references: [ref('stays'), ref('other')] };
    const send = async (input: object, target: WithdrawTarget, at: string | undefined = SPACE) => {
      const count = 'references' in target ? target.references.length : 0;
      const digest = withdrawDigest(target, at);
      const proof = await a.proof({ operation: 'withdrawEntries', digest, count, space: at ?? '' });
      return a.query(WITHDRAW, { input }, proof);
    };
    const references = (...names: string[]) => ({ references: names.map((name) => base64(ref(name))), space: SPACE });
    const claimReference = base64(ref('claim of stays'));
    const otherClaim: WithdrawTarget = { claimReference: ref('claim of other') };
    await hub.refuses([
      ['a reference', () => send(references('stays', 'another'), two), NOT_AUTHENTICATED],
      ['the order', () => send(references('other', 'stays'), two), NOT_AUTHENTICATED],
      ['one dropped', () => send(references('stays'), two), NOT_AUTHENTICATED],
      ['one added', () => send(references('stays', 'other', 'third'), two), NOT_AUTHENTICATED],
      ['all', () => send({ all: true, space: SPACE }, two), NOT_AUTHENTICATED],
      ['a claim in place of references', () => send({ claimReference, space: SPACE }, two), NOT_AUTHENTICATED],
      ['another claim', () => send({ claimReference, space: SPACE }, otherClaim), NOT_AUTHENTICATED],
      ['every space', () => send({ references: references('stays', 'other').references }, two), NOT_AUTHENTICATED],
      ['another space', () => send({ ...references('stays', 'other'), space: OTHER_SPACE }, two), NOT_AUTHENTICATED],
      ['references and all', () => send({ ...references('stays', 'other'), all: true }, two), BAD_REQUEST],
    ]);
    const { body } = await send(references('stays', 'other'), two);
    expect(body.data.withdrawEntries.withdrawn).toBe(1);
  });

  it('B4: the operation swapped', async () => {
    const { a } = hub;
    const bytes = leaf('swapped');
    const proofFor = (operation: Operation) => a.proof({ operation, digest: submissionDigest([bytes]) });
    const submit = { input: { space: SPACE, entries: [base64(bytes)] } };
    const find = {
      input: findInput({ space: SPACE, leaf: bytes, scope: 'ALL', limit: 10, linesOfBusiness: [], purpose: 'TEST' }),
    };
    const attack = async (operation: Operation, query: string, variables: object) =>
      a.query(query, variables, await proofFor(operation));
    await hub.refuses([
      ['search to submission', () => attack('findDuplicates', SUBMIT, submit), NOT_AUTHENTICATED],
      ['withdrawal to submission', () => attack('withdrawEntries', SUBMIT, submit), NOT_AUTHENTICATED],
      ['submission to search', () => attack('submitEmbeddings', FIND, find), NOT_AUTHENTICATED],
      [
        'submission to withdrawal',
        () => attack('submitEmbeddings', WITHDRAW, { input: { all: true } }),
        NOT_AUTHENTICATED,
      ],
      ['search to withdrawal', () => attack('findDuplicates', WITHDRAW, { input: { all: true } }), NOT_AUTHENTICATED],
    ]);
  });

  it('B4: two root fields, by alias, fragment or another name', async () => {
    const { a } = hub;
    const bytes = leaf('twice');
    const proof = await a.proof({ operation: 'submitEmbeddings', digest: submissionDigest([bytes]) });
    const input = { space: SPACE, entries: [base64(bytes)] };
    const head = 'mutation ($input: SubmitEmbeddingsInput!)';
    const field = 'submitEmbeddings(input: $input) { receipt }';
    const queries = [
      `${head} { x: ${field} y: ${field} }`,
      `${head} { ${field} ${field} }`,
      `${head} { ${field} withdrawEntries(input: { all: true }) { withdrawn } }`,
      `${head} { ...F ... { ${field} } } fragment F on Mutation { ${field} }`,
      `${head} { ...F ...F } fragment F on Mutation { ${field} }`,
      `${head} { ${field} @skip(if: false) ... on Mutation @include(if: true) { again: ${field} } }`,
    ];
    await hub.refuses(queries.map((query) => [query, () => a.query(query, { input }, proof), BAD_REQUEST] as const));
    expect(errorCode(await a.query(`${head} { ${field} }`, { input }, proof))).toBeUndefined();
  });
});
