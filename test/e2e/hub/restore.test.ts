import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hubCommands } from '../../../src/hub/commands.js';
import { openHub } from '../../../src/hub/hub.js';
import { readStoredLedger } from '../../../src/hub/ledger/backup/stored-ledger.js';
import { backUpSqlite } from '../../../src/hub/ledger/backup/write-backup.js';
import { verifyLedger } from '../../../src/hub/ledger/verify/verify-ledger.js';
import { type RestoreArguments, restoreHub } from '../../../src/hub/restore.js';
import { uuidV7 } from '../../../src/protocol/ids.js';
import { find } from '../../support/sample-ledger.js';
import { direction, errorCode, leaf, quiet, type RunningHub, ref, runHub, type TestNode } from './test-hub.js';

const noTmpfs = whyNoTmpfs();

function whyNoTmpfs(): string | undefined {
  const at = mkdtempSync(join(tmpdir(), 'claimprint-tmpfs-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'tmpfs', at], { stdio: 'ignore' });
    execFileSync('umount', [at], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'no right to mount one here';
  } finally {
    rmSync(at, { recursive: true });
  }
}

let directory: string;
let running: RunningHub;
let backup: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'claimprint-restore-'));
  backup = join(directory, 'backup.sqlite');
  running = await runHub();
});
afterEach(async () => {
  await running.stop();
  rmSync(directory, { recursive: true, force: true });
});

const restore = (change: Partial<RestoreArguments> = {}) =>
  restoreHub(
    running.hub,
    { file: backup, journals: [], replace: true, withoutJournal: false, ...change },
    () => undefined,
  );
const backUp = () => backUpSqlite(join(running.directory, 'ledger.sqlite'), backup);

async function isFound(viewer: TestNode, name: string): Promise<boolean> {
  const { body } = await viewer.find({ leaf: leaf('q', { vector: direction(name) }) });
  expect(body.data.findDuplicates.complete).toBe(true);
  return body.data.findDuplicates.matches.length > 0;
}

async function expectSound(): Promise<void> {
  const stored = await readStoredLedger(join(running.directory, 'ledger.sqlite'), 'The ledger');
  const { damaged } = await verifyLedger(stored);
  await stored.close();
  expect(damaged).toEqual([]);
}

describe('G3 a withdrawn entry', () => {
  it('is never returned again: after a restart, a wiped index and the restore of an older backup', async () => {
    const a = await running.tenant('insurer-a');
    const b = await running.tenant('insurer-b');
    const first = ['kept', 'by reference', 'by claim', 'by all'];
    for (const name of first) {
      const answer = await (name === 'by all' ? b : a).submit([leaf(name)]);
      expect(errorCode(answer)).toBeUndefined();
    }
    await backUp();
    const later = leaf('later', { claimRef: ref('claim of by claim') });
    const olderJti = uuidV7();
    expect(errorCode(await a.submit([later], { jti: olderJti }))).toBeUndefined();
    await a.withdraw({ references: [ref('by reference')] });
    await a.withdraw({ claimReference: ref('claim of by claim') });
    await b.withdraw({ all: true });
    const gone = ['by reference', 'by claim', 'by all', 'later'];
    const check = async () => {
      const viewer = await running.tenant(`viewer-${Math.random().toString(36).slice(2, 8)}`);
      expect(await isFound(viewer, 'kept')).toBe(true);
      for (const name of gone) expect([name, await isFound(viewer, name)]).toEqual([name, false]);
    };
    await check();
    await running.restart();
    await check();
    await running.hub.indexer.rebuild();
    await check();
    const restored = await restore();
    expect(restored).toMatchObject({ withdrawals: 3, erased: 3, journalFiles: 1 });
    await check();
    await running.restart();
    await check();
    // An older submission, sent again as a node's outbox would, stays refused.
    const again = await a.submit([later], { jti: olderJti });
    expect(errorCode(again)).toBe('WITHDRAWN');
    await expectSound();
  });

  it('stays withdrawn when the journal alone knows of it, into an empty hub', async () => {
    const a = await running.tenant('insurer-a');
    await a.submit([leaf('kept'), leaf('withdrawn')]);
    await running.tenant('insurer-b');
    await backUp();
    await a.withdraw({ references: [ref('withdrawn')] });
    await hubCommands.tenantRevoke(running.hub, { tenant: 'insurer-b' });
    const journal = join(running.directory, 'journal');
    const kept = join(directory, 'journal');
    cpSync(journal, kept, { recursive: true });
    const empty = join(directory, 'empty');
    mkdirSync(empty);
    const options = { configuration: {}, logger: quiet };
    const hub = await openHub({ dataDirectory: empty }, options);
    const args = { file: backup, journals: [], replace: false, withoutJournal: false };
    await expect(restoreHub(hub, args, () => undefined)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    const restored = await restoreHub(hub, { ...args, journals: [kept] }, () => undefined);
    expect(restored).toMatchObject({ lost: 0, withdrawals: 1, erased: 1, actions: 1, entries: 1 });
    await hub.close();
    const again = await openHub({ dataDirectory: empty }, options);
    expect(again.id).toBe(running.hub.id);
    const list = await hubCommands.tenantList(again);
    expect(list.map(({ tenant, state }) => [tenant, state])).toEqual([
      ['insurer-a', 'ACTIVE'],
      ['insurer-b', 'REVOKED'],
    ]);
    // What came from elsewhere is in the own journal now.
    const once = await restoreHub(again, { ...args, replace: true }, () => undefined);
    expect(once).toMatchObject({ withdrawals: 1, actions: 1, entries: 1 });
    await again.close();
  });

  it('is erased again where the database was set back by other tools, by restoring a backup of it over itself', async () => {
    const a = await running.tenant('insurer-a');
    await a.submit([leaf('kept'), leaf('withdrawn')]);
    await backUp();
    const place = join(directory, 'set back');
    mkdirSync(place);
    cpSync(backup, join(place, 'ledger.sqlite'));
    await a.withdraw({ references: [ref('withdrawn')] });
    cpSync(join(running.directory, 'journal'), join(place, 'journal'), { recursive: true });
    const hub = await openHub({ dataDirectory: place }, { configuration: {}, logger: quiet });
    const again = join(directory, 'again.sqlite');
    await backUpSqlite(join(place, 'ledger.sqlite'), again);
    const args = { file: again, journals: [], replace: true, withoutJournal: false };
    const restored = await restoreHub(hub, args, () => undefined);
    expect(restored).toMatchObject({ lost: 0, withdrawals: 1, erased: 1, entries: 1 });
    await hub.close();
  });
});

describe('G3 an expired entry', () => {
  it('is never returned again: after a restart, a wiped index and the restore of an older backup', async () => {
    let aheadMs = 0;
    const other = await runHub({ now: () => Date.now() + aheadMs });
    try {
      const a = await other.tenant('insurer-a');
      const expiresAt = Math.floor(Date.now() / 1000) + 60;
      await a.submit([leaf('kept'), leaf('expired', { expiresAt })]);
      const viewer = await other.tenant('viewer');
      expect(await isFound(viewer, 'expired')).toBe(true);
      await backUpSqlite(join(other.directory, 'ledger.sqlite'), backup);
      aheadMs = 120_000;
      const check = async () => {
        const found = (name: string) => find(other.hub, 'viewer', leaf('q', { vector: direction(name) }));
        expect([await found('kept'), await found('expired')]).toEqual([1, 0]);
      };
      await check();
      await other.restart();
      await check();
      await other.hub.indexer.rebuild();
      await check();
      await restoreHub(
        other.hub,
        { file: backup, journals: [], replace: true, withoutJournal: false },
        () => undefined,
      );
      await check();
    } finally {
      await other.stop();
    }
  });
});

describe('restore', () => {
  it("names what would be lost, refuses without a journal, and takes no other hub's backup", async () => {
    const a = await running.tenant('insurer-a');
    await a.submit([leaf('one')]);
    await backUp();
    await a.submit([leaf('two')]);
    await a.submit([leaf('three')]);
    const { root } = await running.hub.ledger.head();
    await expect(restore({ replace: false })).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_EXISTS',
      message: expect.stringContaining('2 records newer'),
    });
    const other = await runHub();
    try {
      await other.tenant('insurer-a');
      await expect(
        restoreHub(other.hub, { file: backup, journals: [], replace: true, withoutJournal: true }, () => undefined),
      ).rejects.toMatchObject({ code: 'BAD_REQUEST', message: expect.stringContaining('another hub') });
    } finally {
      await other.stop();
    }
    expect((await running.hub.ledger.head()).root).toEqual(root);
    rmSync(join(running.directory, 'journal'), { recursive: true });
    await expect(restore()).rejects.toMatchObject({ code: 'BAD_REQUEST', message: expect.stringContaining('journal') });
    expect((await running.hub.ledger.head()).root).toEqual(root);
    const mistyped = join(running.directory, 'mistyped');
    await expect(restore({ journals: [mistyped] })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: expect.stringContaining(mistyped),
    });
    expect(await restore({ withoutJournal: true })).toMatchObject({ lost: 2, entries: 1 });
    await expectSound();
  });

  it('refuses a damaged, truncated, foreign or newer file, and leaves the ledger as it is', async () => {
    const a = await running.tenant('insurer-a');
    await a.submit([leaf('one'), leaf('two')]);
    await backUp();
    const { root } = await running.hub.ledger.head();
    const bytes = readFileSync(backup);
    const damaged = (work: (database: Database.Database) => void) => {
      writeFileSync(backup, bytes);
      const database = new Database(backup);
      work(database);
      database.close();
    };
    const works: [string, () => void][] = [
      ['LEDGER_CORRUPT', () => damaged((database) => database.exec('update entry set line = line + 1'))],
      [
        'LEDGER_CORRUPT',
        () => damaged((database) => database.exec(`update meta set value = 'x' where name = 'signing key'`)),
      ],
      [
        'LEDGER_NEWER',
        () => damaged((database) => database.exec(`update meta set value = '99' where name = 'schema'`)),
      ],
      ['BAD_REQUEST', () => writeFileSync(backup, 'no ledger at all '.repeat(1000))],
      ['BAD_REQUEST', () => writeFileSync(backup, '')],
      [
        'BAD_REQUEST',
        () => {
          rmSync(backup);
          const database = new Database(backup);
          database.exec('create table meta (name text, value text)');
          database.close();
        },
      ],
      ['NOT_FOUND', () => rmSync(backup)],
    ];
    for (const [code, work] of works) {
      work();
      await expect(restore(), code).rejects.toMatchObject({ code });
    }
    for (const length of [100, 5000, bytes.length >> 1, bytes.length - 4096]) {
      writeFileSync(backup, bytes);
      truncateSync(backup, length);
      await expect(restore(), String(length)).rejects.toMatchObject({
        code: expect.stringMatching(/LEDGER_CORRUPT|BAD_REQUEST/),
        // Not the ledger that is there.
        message: expect.stringMatching(/^The backup /),
      });
    }
    expect((await running.hub.ledger.head()).root).toEqual(root);
  });

  it('lets nobody search or submit meanwhile, and says to try again', async () => {
    const a = await running.tenant('insurer-a');
    for (let batch = 0; batch < 6; batch++) {
      await a.submit(
        Array.from({ length: 500 }, (_, i) => leaf(`entry ${batch} ${i}`, { vector: direction(`${i % 7}`) })),
      );
    }
    await a.submit([leaf('entry 1')]);
    await backUp();
    await a.accessToken();
    const codes = new Set<string | undefined>();
    const ready = new Set<number>();
    const asked: Promise<unknown>[] = [];
    const timer = setInterval(() => {
      asked.push(
        a.find({ leaf: leaf('q', { vector: direction('entry 1') }) }).then((answer) => codes.add(errorCode(answer))),
        fetch(`${running.address}/readyz`).then(({ status }) => ready.add(status)),
      );
    }, 20);
    await restore();
    clearInterval(timer);
    await Promise.all(asked);
    expect([...codes]).toContain('HUB_UNAVAILABLE');
    expect([...ready]).toContain(503);
    expect(await isFound(await running.tenant('viewer'), 'entry 1')).toBe(true);
  });

  it('does so however the address is spelt', async () => {
    const paths = ['/graphql', '/%67raphql', '/%6beys', '/%6fauth/token'];
    await running.hub.gate.whileShut(async () => {
      for (const path of paths) {
        const { status } = await fetch(`${running.address}${path}`, { method: 'POST', body: '{}' });
        expect([path, status]).toEqual([path, 503]);
      }
      expect((await fetch(`${running.address}/%61udit/checkpoint`)).status).toBe(503);
      expect((await fetch(`${running.address}/nothing`)).status).toBe(404);
    });
  });
});

describe('the journal', () => {
  it('is private, one line a withdrawal, and a torn last line is left out with a warning', async () => {
    const a = await running.tenant('insurer-a');
    await a.submit([leaf('one'), leaf('two')]);
    await backUp();
    await a.withdraw({ references: [ref('one')] });
    const journal = join(running.directory, 'journal');
    expect(statSync(journal).mode & 0o777).toBe(0o700);
    const [name] = readdirSync(journal);
    const file = join(journal, name!);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(2);
    const whole = readFileSync(file);
    appendFileSync(file, '{"tenant":"insurer-a","jti":"0199');
    expect(await restore()).toMatchObject({ withdrawals: 1, tornFiles: [name] });
    // A line in the middle that is not what was written hides a withdrawal.
    const damaged = Buffer.from(whole);
    damaged[whole.indexOf('"jti"') + 10]! ^= 1;
    writeFileSync(file, damaged);
    await expect(restore()).rejects.toMatchObject({ code: 'LEDGER_CORRUPT', message: expect.stringContaining(name!) });
  });

  it('that cannot be written refuses the withdrawal, which succeeds later', async () => {
    const a = await running.tenant('insurer-a');
    await a.submit([leaf('one')]);
    const journal = join(running.directory, 'journal');
    rmSync(journal, { recursive: true });
    const refused = await a.withdraw({ references: [ref('one')] });
    expect(errorCode(refused)).toBe('JOURNAL_UNAVAILABLE');
    expect(refused.body.errors[0].extensions.retryable).toBe(true);
    await expect(hubCommands.tenantRevoke(running.hub, { tenant: 'insurer-a' })).rejects.toMatchObject({
      code: 'JOURNAL_UNAVAILABLE',
    });
    expect(await isFound(await running.tenant('viewer'), 'one')).toBe(true);
    mkdirSync(journal);
    const accepted = await a.withdraw({ references: [ref('one')] });
    expect(accepted.body.data.withdrawEntries.withdrawn).toBe(1);
    await expectSound();
  });
});

describe.skipIf(noTmpfs)(`a full journal (${noTmpfs ?? 'on a file system of its own'})`, () => {
  it('refuses the withdrawal, which succeeds when there is room', async () => {
    const a = await running.tenant('insurer-a');
    await a.submit([leaf('one')]);
    const journal = join(running.directory, 'journal');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'tmpfs', journal]);
    try {
      writeFileSync(join(journal, 'fill'), Buffer.alloc(8192));
      const refused = await a.withdraw({ references: [ref('one')] });
      expect(errorCode(refused)).toBe('JOURNAL_UNAVAILABLE');
      rmSync(join(journal, 'fill'));
      const accepted = await a.withdraw({ references: [ref('one')] });
      expect(accepted.body.data.withdrawEntries.withdrawn).toBe(1);
      const lines = readdirSync(journal).flatMap((name) =>
        readFileSync(join(journal, name), 'utf8').trim().split('\n'),
      );
      expect(lines.filter((line) => line.includes('references'))).toHaveLength(1);
    } finally {
      // Lazily: the hub has its file there open still.
      execFileSync('umount', ['-l', journal]);
    }
  });
});

describe('backup', () => {
  it('is consistent while four streams submit, refuses to overwrite, and leaves nothing half written', async () => {
    const nodes = await Promise.all(
      ['insurer-a', 'insurer-b', 'insurer-c', 'insurer-d'].map((name) => running.tenant(name)),
    );
    let writing = true;
    const streams = nodes.map(async (node, n) => {
      for (let i = 0; writing; i++) await node.submit([leaf(`${n} ${i}`), leaf(`${n} ${i} b`)]);
    });
    for (let round = 0; round < 3; round++) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      rmSync(backup, { force: true });
      const { records, entries } = await backUp();
      expect(statSync(backup).mode & 0o777).toBe(0o600);
      const stored = await readStoredLedger(backup, 'The backup');
      expect(await verifyLedger(stored)).toMatchObject({ damaged: [], records, entries });
      await stored.close();
    }
    writing = false;
    await Promise.all(streams);
    await expect(backUp()).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    expect(existsSync(`${backup}.partial`)).toBe(false);
    await restore();
    await expectSound();
  });
});
