import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Hub, openHub } from '../../../src/hub/hub.js';
import { readStoredLedger } from '../../../src/hub/ledger/backup/stored-ledger.js';
import { backUpDatabase, backUpSqlite } from '../../../src/hub/ledger/backup/write-backup.js';
import { readPostgresLedger } from '../../../src/hub/ledger/postgres-reader.js';
import { type Verification, verifyLedger } from '../../../src/hub/ledger/verify/verify-ledger.js';
import { type RestoreArguments, restoreHub } from '../../../src/hub/restore.js';
import { type HubServer, startHubServer } from '../../../src/hub/server.js';
import { PostgresServer, postgresMissing } from '../../support/postgres.js';
import { direction, errorCode, leaf, quiet, type RunningHub, ref, runHub, type TestNode } from './test-hub.js';

let server: PostgresServer;
let directory: string;
let backup: string;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  if (!postgresMissing) server = await PostgresServer.start();
});
afterAll(async () => {
  await server?.stop();
});
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'claimprint-restore-'));
  backup = join(directory, 'backup.sqlite');
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(directory, { recursive: true, force: true });
});

const args = (change: Partial<RestoreArguments> = {}): RestoreArguments => ({
  file: backup,
  journals: [],
  replace: true,
  withoutJournal: false,
  ...change,
});
const restore = (hub: Hub, change: Partial<RestoreArguments> = {}) => restoreHub(hub, args(change), () => undefined);

async function onPostgres(databaseUrl: string): Promise<RunningHub> {
  const running = await runHub({ databaseUrl });
  closing.push(running.stop);
  return running;
}

async function backUp(databaseUrl: string) {
  const stored = await readPostgresLedger(databaseUrl);
  return backUpDatabase(stored.database, backup).finally(stored.close);
}

async function verify(databaseUrl: string): Promise<Verification> {
  const stored = await readPostgresLedger(databaseUrl);
  return verifyLedger(stored).finally(stored.close);
}

async function isFound(viewer: TestNode, name: string): Promise<boolean> {
  for (;;) {
    const answer = await viewer.find({ leaf: leaf('q', { vector: direction(name) }) });
    expect(['INDEX_UNAVAILABLE', 'NOT_SEARCHABLE_YET', undefined]).toContain(errorCode(answer));
    const found = answer.body.data?.findDuplicates;
    if (found?.complete) return found.matches.length > 0;
  }
}

describe.skipIf(postgresMissing)(`backup and restore (${postgresMissing ?? 'PostgreSQL'})`, () => {
  it('G3 brings nothing withdrawn back, at this hub or another on the same database', async () => {
    const url = await server.database();
    const one = await onPostgres(url);
    // Another hub on the same database, that nobody tells.
    const second = await openHub(
      { dataDirectory: one.directory },
      { configuration: { databaseUrl: url }, logger: quiet },
    );
    const secondServer: HubServer = await startHubServer(second, { host: '127.0.0.1', port: 0 });
    closing.push(async () => {
      await secondServer.close();
      await second.close();
    });
    const a = await one.tenant('insurer-a');
    const viewer = await one.tenant('viewer');
    await a.submit([leaf('kept'), leaf('withdrawn'), leaf('of a claim')]);
    expect(await backUp(url)).toMatchObject({ records: 3, entries: 3 });
    await a.withdraw({ references: [ref('withdrawn')] });
    await a.withdraw({ claimReference: ref('claim of of a claim') });
    await a.submit([leaf('later')]);
    expect(await verify(url)).toMatchObject({ records: 6, entries: 2, damaged: [] });
    const restored = await restore(one.hub);
    expect(restored).toMatchObject({ lost: 3, withdrawals: 2, erased: 2, entries: 1, records: 6 });
    expect(await verify(url)).toMatchObject({ entries: 1, damaged: [] });
    const elsewhere = Object.assign(Object.create(Object.getPrototypeOf(viewer)), viewer, {
      address: () => secondServer.address,
    });
    for (const asked of [viewer, elsewhere] as TestNode[]) {
      expect(await isFound(asked, 'kept')).toBe(true);
      for (const name of ['withdrawn', 'of a claim', 'later'])
        expect([name, await isFound(asked, name)]).toEqual([name, false]);
    }
    expect(second.ledger.lastHead.root).toEqual((await one.hub.ledger.head()).root);
    expect(second.indexer.complete).toBe(true);
    expect((await second.index.status()).entries).toBe(1);
    expect(errorCode(await a.submit([leaf('later')]))).toBeUndefined();
    expect(await isFound(viewer, 'later')).toBe(true);
    expect(await verify(url)).toMatchObject({ damaged: [] });
  });

  it('moves a ledger from SQLite to PostgreSQL and back', async () => {
    const embedded = await runHub();
    closing.push(embedded.stop);
    const a = await embedded.tenant('insurer-a');
    await a.submit([leaf('kept'), leaf('withdrawn')]);
    await a.withdraw({ references: [ref('withdrawn')] });
    await backUpSqlite(join(embedded.directory, 'ledger.sqlite'), backup);
    const url = await server.database();
    const empty = await openHub({}, { configuration: { databaseUrl: url }, logger: quiet });
    const journals = [join(embedded.directory, 'journal')];
    await expect(restore(empty, { replace: false })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    expect(await restore(empty, { replace: false, journals })).toMatchObject({ lost: 0, withdrawals: 0, entries: 1 });
    await empty.close();
    expect(await verify(url)).toMatchObject({ hub: embedded.hub.id, entries: 1, damaged: [] });
    const moved = await onPostgres(url);
    expect(moved.hub.id).toBe(embedded.hub.id);
    const viewer = await moved.tenant('viewer');
    expect([await isFound(viewer, 'kept'), await isFound(viewer, 'withdrawn')]).toEqual([true, false]);
    rmSync(backup);
    const { records, root } = await backUp(url);
    const stored = await readStoredLedger(backup, 'The backup');
    expect(await verifyLedger(stored)).toMatchObject({ records, root, damaged: [] });
    await stored.close();
    expect(await restore(embedded.hub)).toMatchObject({ entries: 1 });
    const after = await readStoredLedger(join(embedded.directory, 'ledger.sqlite'), 'The ledger');
    expect((await verifyLedger(after)).damaged).toEqual([]);
    await after.close();
  });

  it('G4 names a damaged entry and a dropped record in the database too', async () => {
    const url = await server.database();
    const one = await onPostgres(url);
    const a = await one.tenant('insurer-a');
    await a.submit([leaf('one'), leaf('two')]);
    await a.submit([leaf('three')]);
    const name = new URL(url).pathname.slice(1);
    const [row] = await server.query<{ id: string }>('select id from entry where position = 1 limit 1', name);
    await server.query(`update entry set line = line + 1 where id = '${row!.id}'`, name);
    expect((await verify(url)).damaged).toEqual([expect.objectContaining({ record: 1, entry: row!.id })]);
    await server.query(`update entry set line = line - 1 where id = '${row!.id}'`, name);
    await server.query('alter table record disable trigger all', name);
    await server.query('delete from record where position = 1', name);
    expect((await verify(url)).damaged).toContainEqual(
      expect.objectContaining({ record: 1, problem: 'it is missing' }),
    );
  });

  it('is one moment while streams submit', async () => {
    const url = await server.database();
    const one = await onPostgres(url);
    const nodes = await Promise.all(
      ['insurer-a', 'insurer-b', 'insurer-c', 'insurer-d'].map((name) => one.tenant(name)),
    );
    let writing = true;
    const streams = nodes.map(async (node, n) => {
      for (let i = 0; writing; i++) await node.submit([leaf(`${n} ${i}`)]);
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { records, entries } = await backUp(url);
    writing = false;
    await Promise.all(streams);
    const stored = await readStoredLedger(backup, 'The backup');
    expect(await verifyLedger(stored)).toMatchObject({ records, entries, damaged: [] });
    await stored.close();
    expect(await verify(url)).toMatchObject({ damaged: [] });
  });
});
