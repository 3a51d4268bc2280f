import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { hubCommands } from '../../../src/hub/commands.js';
import { ownEntryId } from '../../../src/protocol/ids.js';
import { endOfYearAfter } from '../../../src/protocol/retention.js';
import { direction, errorCode, leaf, matches, type RunningHub, ref, runHub, SPACE, type TestNode } from './test-hub.js';

let running: RunningHub;
let aheadMs = 0;
afterEach(async () => {
  await running?.stop();
  aheadMs = 0;
});

const now = () => Date.now() + aheadMs;
const seconds = () => Math.floor(now() / 1000);
const onDisk = (bytes: Buffer) =>
  ['ledger.sqlite', 'ledger.sqlite-wal']
    .map((name) => join(running.directory, name))
    .some((file) => existsSync(file) && readFileSync(file).includes(bytes));

async function twoTenants(): Promise<[TestNode, TestNode]> {
  running = await runHub({ now });
  return [await running.tenant('insurer-a'), await running.tenant('insurer-b')];
}

describe('the longest retention', () => {
  it('is the end of the fourth year after submission, and an entry beyond is named', async () => {
    const [a] = await twoTenants();
    const latest = endOfYearAfter(4, now());
    const refused = await a.submit([leaf('ok', { expiresAt: latest }), leaf('late', { expiresAt: latest + 1 })]);
    expect([errorCode(refused), refused.text]).toEqual(['RETENTION_EXCEEDED', expect.stringContaining('Entry 1')]);
    expect((await hubCommands.status(running.hub)).entries).toBe(0);
    expect(errorCode(await a.submit([leaf('ok', { expiresAt: latest })]))).toBeUndefined();
  });

  it('can be set for all hubs, is in the log once, and does not touch what was answered before', async () => {
    const [a] = await twoTenants();
    const jti = '01fffffe-0000-7000-8000-000000000009';
    const leaves = [leaf('early', { expiresAt: endOfYearAfter(4, now()) })];
    const receipt = await a.submit(leaves, { jti });
    const { ledgerSize } = await hubCommands.status(running.hub);
    for (let i = 0; i < 2; i++) await running.hub.retention.set(1, now());
    expect(await hubCommands.status(running.hub)).toMatchObject({ ledgerSize: ledgerSize + 1, maxRetentionYears: 1 });
    await running.restart();
    expect(errorCode(await a.submit([leaf('now', { expiresAt: endOfYearAfter(2, now()) })]))).toBe(
      'RETENTION_EXCEEDED',
    );
    expect((await a.submit(leaves, { jti })).body).toEqual(receipt.body);
    await expect(running.hub.retention.set(-1, now())).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});

const ENTITY = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Entry { firstSeen } } }';

describe('G3: an expired entry', () => {
  it('is returned by nothing, also with no sweeper and an index that still has it', async () => {
    const [a, b] = await twoTenants();
    await running.hub.sweeper.close();
    const vector = direction('short');
    await a.submit([leaf('short', { vector, expiresAt: seconds() + 90 }), leaf('long', { vector })]);
    const look = (node: TestNode) => node.find({ leaf: leaf('looking', { vector }) });
    const entity = () =>
      a.query(ENTITY, { r: [{ __typename: 'Entry', id: ownEntryId(a.tenant, ref('short'), SPACE) }] });
    const held = async () => {
      const { embeddingSpaces } = (await a.query('{ embeddingSpaces { entries } }')).body.data;
      return embeddingSpaces[0].entries as number;
    };
    expect([matches(await look(b)), matches(await look(a)), await held()]).toEqual([2, 2, 2]);
    expect((await entity()).body.data._entities[0]).not.toBeNull();
    aheadMs = 91_000;
    expect([matches(await look(b)), matches(await look(a)), await held()]).toEqual([1, 1, 1]);
    expect(errorCode(await a.find({ reference: ref('short') }))).toBe('NOT_FOUND');
    expect((await entity()).body.data._entities[0]).toBeNull();
    const { ledger, index } = running.hub;
    expect([(await index.status()).entries, (await ledger.countEntries(0)).get('insurer-a')]).toEqual([2, 2]);
    expect(await ledger.present([ownEntryId(a.tenant, ref('short'), SPACE)], now() / 1000)).toEqual(new Set());
    expect((await hubCommands.status(running.hub)).entries).toBe(1);
    expect((await hubCommands.tenantList(running.hub))[0]?.entries).toBe(1);
  });

  it('is erased by the sweeper, on the disk too, in the name of a record that says how many', async () => {
    const [a, b] = await twoTenants();
    await running.hub.sweeper.close();
    const salt = Buffer.from('salt to be swept');
    const vector = direction('swept');
    await a.submit([leaf('swept', { salt, vector, expiresAt: seconds() + 60 }), leaf('kept')]);
    await b.submit([leaf('swept too', { expiresAt: seconds() + 60 })]);
    expect([onDisk(salt), onDisk(ref('swept')), onDisk(Buffer.from(vector.buffer, 0, 64))]).toEqual([true, true, true]);
    const { ledgerSize } = await hubCommands.status(running.hub);
    aheadMs = 61_000;
    await running.restart();
    await expect
      .poll(async () => [...(await running.hub.ledger.countEntries(0)).entries()])
      .toEqual([['insurer-a', 1]]);
    await expect
      .poll(() => [onDisk(salt), onDisk(ref('swept')), onDisk(Buffer.from(vector.buffer, 0, 64))])
      .toEqual([false, false, false]);
    const { ledger, index, indexer } = running.hub;
    const { size } = await ledger.head();
    expect(size).toBe(ledgerSize + 2);
    expect(await indexer.waitUntil(size, 5_000)).toBe(true);
    expect((await index.status()).entries).toBe(1);
    const lines = [];
    for await (const line of ledger.exportTenant('insurer-a')) lines.push(line);
    expect(lines.filter(({ action }) => action === 'entriesExpire')).toMatchObject([{ args: ['1'], erased: 1 }]);
    expect(lines.filter(({ type }) => type === 'erased')).toMatchObject([
      { entry: ownEntryId(a.tenant, ref('swept'), SPACE) },
    ]);
  });

  it('makes room for a new one under its reference, and that is accounted for', async () => {
    const [a] = await twoTenants();
    await running.hub.sweeper.close();
    await a.submit([leaf('again', { expiresAt: seconds() + 20 })]);
    aheadMs = 21_000;
    expect(errorCode(await a.submit([leaf('again')]))).toBeUndefined();
    const lines = [];
    for await (const line of running.hub.ledger.exportTenant('insurer-a')) lines.push(line);
    const actions = lines.filter(({ type }) => type === 'record').map(({ action, kind }) => action ?? kind);
    expect(actions).toEqual(['tenantAdd', 'SUBMISSION', 'entriesExpire', 'SUBMISSION']);
    expect(lines.filter(({ type }) => type === 'entry')).toHaveLength(1);
  });
});

it('one process sweeps at a time, and another takes over when its claim has run out', async () => {
  await twoTenants();
  await running.hub.sweeper.close();
  const { ledger } = running.hub;
  const free = now() + 10_000_000;
  expect(await ledger.claimSweep('one', free + 100, free)).toBe(true);
  expect(await ledger.claimSweep('two', free + 200, free + 50)).toBe(false);
  expect(await ledger.claimSweep('one', free + 150, free + 60)).toBe(true);
  expect(await ledger.claimSweep('two', free + 300, free + 151)).toBe(true);
});
