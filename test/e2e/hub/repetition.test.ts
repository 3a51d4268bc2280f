import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuidV7 } from '../../../src/protocol/ids.js';
import {
  base64,
  direction,
  errorCode,
  FIND,
  leaf,
  type RunningHub,
  runHub,
  SPACE,
  space,
  type TestNode,
} from './test-hub.js';

let clockShiftMs = 0;
let running: RunningHub;
let a: TestNode;
beforeAll(async () => {
  running = await runHub({ now: () => Date.now() + clockShiftMs });
  a = await running.tenant('insurer-a');
});
afterAll(() => running.stop());

describe('a request that comes again', () => {
  it('gets its receipt only if it is the same in every part', async () => {
    const jti = uuidV7();
    const leaves = [leaf('again')];
    const first = await a.submit(leaves, { jti });
    expect((await a.submit(leaves, { jti })).body).toEqual(first.body);
    const elsewhere = space({ keyCheck: 'ffffffffffffffff' });
    expect(errorCode(await a.submit(leaves, { jti, space: elsewhere }))).toBe('JTI_CONFLICT');
    expect(errorCode(await a.withdraw({ all: true }, SPACE, { jti }))).toBe('JTI_CONFLICT');
  });

  it('gets its receipt also when its entries have expired meanwhile', async () => {
    const jti = uuidV7();
    const leaves = [leaf('short', { expiresAt: Math.floor(Date.now() / 1000) + 30 })];
    const first = await a.submit(leaves, { jti });
    clockShiftMs = 40_000;
    expect((await a.submit(leaves, { jti })).body).toEqual(first.body);
  });

  it('makes a new entry where the old one has expired', async () => {
    const renewed = [leaf('short', { salt: Buffer.alloc(16, 9) })];
    expect(errorCode(await a.submit(renewed))).toBeUndefined();
    const { body } = await a.find({ leaf: leaf('query', { vector: direction('short') }) });
    expect(body.data.findDuplicates).toMatchObject({ complete: true, matches: [{ scope: 'OWN' }] });
  });
});

it('a month that does not fit the wire is bad input, not a failure', async () => {
  const proof = await a.proof({ operation: 'findDuplicates', digest: Buffer.alloc(32) });
  const input = { space: SPACE, entry: base64(leaf('q')), seenTo: '9999-12' };
  expect(errorCode(await a.query(FIND, { input }, proof))).toBe('BAD_REQUEST');
});
