import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/evaluation/random.js';
import { openHub } from '../../../src/hub/hub.js';
import { readStoredLedger } from '../../../src/hub/ledger/backup/stored-ledger.js';
import { openSqliteLedger } from '../../../src/hub/ledger/sqlite.js';
import { damageOf, type Verification, verifyLedger } from '../../../src/hub/ledger/verify/verify-ledger.js';
import { copySqlite } from '../../../src/platform/sqlite.js';
import { signCheckpoint } from '../../../src/protocol/checkpoint.js';
import { generatePrivateJwk, importSigner } from '../../../src/protocol/keys.js';
import { MerkleFrontier } from '../../../src/protocol/merkle.js';
import { signReceipt } from '../../../src/protocol/receipt.js';
import { type RecordHeader, recordHash } from '../../../src/protocol/record.js';
import { leaf, quiet, ref } from '../../e2e/hub/test-hub.js';
import { fillSample, submit, withdraw } from '../../support/sample-ledger.js';

const directory = mkdtempSync(join(tmpdir(), 'claimprint-verify-'));
const ledger = join(directory, 'ledger.sqlite');
/** A copy in one file. */
const sound = join(directory, 'sound.sqlite');
const file = join(directory, 'damaged.sqlite');
/** Positions in the sample. */
const FIRST = 2;
const SECOND = 3;
const QUERY = 4;
const WITHDRAWAL = 5;
const CLAIM = 6;
const REPEATED = 7;
const REVOKE = 8;
const SIZE = 9;

beforeAll(async () => {
  const hub = await openHub({ dataDirectory: directory }, { configuration: {}, logger: quiet });
  hub.indexer.start();
  await fillSample(hub);
  expect((await hub.ledger.head()).size).toBe(SIZE);
  await hub.close();
  copySqlite(ledger, sound);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function verify(path: string, checkpoint?: string): Promise<Verification> {
  const stored = await readStoredLedger(path, 'The ledger');
  try {
    return await verifyLedger(stored, { checkpoint });
  } finally {
    await stored.close();
  }
}

function copySound(): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
  copyFileSync(sound, file);
}

/** Verifies a copy of the sample in which someone has run SQL. */
async function verifyAfter(work: (database: Database.Database) => void, checkpoint?: string): Promise<Verification> {
  copySound();
  const database = new Database(file);
  database.exec('pragma foreign_keys = off');
  work(database);
  database.close();
  return verify(file, checkpoint);
}

const exec =
  (...statements: string[]) =>
  (database: Database.Database) => {
    for (const statement of statements) database.exec(statement);
  };

function flipped(column: string): string {
  // Another last byte; in text another last letter.
  return `cast(substr(${column}, 1, length(${column}) - 1) as blob) || case when substr(hex(${column}), -2) = '58' then x'59' else x'58' end`;
}

const flip = (table: string, column: string, where: string, text = false) =>
  exec(
    `update ${table} set ${column} = ${text ? `cast(${flipped(column)} as text)` : `cast(${flipped(column)} as blob)`} where ${where}`,
  );
const plusOne = (table: string, column: string, where: string) =>
  exec(`update ${table} set ${column} = ${column} + 1 where ${where}`);

const entryOf = (database: Database.Database, position: number) =>
  (database.prepare('select id from entry where position = ? order by id limit 1').get(position) as { id: string }).id;

describe('G4 the verifier', () => {
  it('finds nothing wrong with a sound ledger, and signs what it saw', async () => {
    const verification = await verify(sound);
    expect(verification).toMatchObject({ records: SIZE, entries: 6, damages: 0, damaged: [] });
    expect(verification.checkpoint).toMatch(/^ey/);
    expect(await verify(sound, verification.checkpoint!)).toMatchObject({ damages: 0 });
    expect(await verify(sound, JSON.stringify(verification))).toMatchObject({ damages: 0 });
  });

  const headerColumns: [string, (database: Database.Database) => void, number][] = [
    ['kind', exec(`update record set kind = 'QUERY' where position = ${FIRST}`), FIRST],
    ['tenant', flip('record', 'tenant', `position = ${FIRST}`, true), FIRST],
    ['node', flip('record', 'node', `position = ${SECOND}`, true), SECOND],
    ['jti', flip('record', 'jti', `position = ${QUERY}`, true), QUERY],
    ['space', flip('record', 'space', `position = ${FIRST}`, true), FIRST],
    ['count', plusOne('record', 'count', `position = ${FIRST}`), FIRST],
    ['digest', flip('record', 'digest', `position = ${QUERY}`), QUERY],
    ['time', plusOne('record', 'time_ms', `position = ${REVOKE}`), REVOKE],
    ['detail', flip('record', 'detail', `position = ${WITHDRAWAL}`), WITHDRAWAL],
    ['hash', flip('record', 'hash', `position = ${QUERY}`), QUERY],
    ['receipt', flip('record', 'receipt', `position = ${FIRST}`, true), FIRST],
    ['missing receipt', exec(`update record set receipt = null where position = ${CLAIM}`), CLAIM],
    ['number of erased entries', plusOne('record', 'affected', `position = ${WITHDRAWAL}`), WITHDRAWAL],
    ['erased entries of a submission', plusOne('record', 'affected', `position = ${FIRST}`), FIRST],
    ['leaf hashes', flip('leaf_hashes', 'hashes', `position = ${SECOND}`), SECOND],
    ['missing leaf hashes', exec(`delete from leaf_hashes where position = ${SECOND}`), SECOND],
    ['purpose', plusOne('query', 'purpose', '1'), QUERY],
    ['matches', plusOne('query', 'results', '1'), QUERY],
    ['missing query', exec('delete from query'), QUERY],
    ['action', exec(`update administration set action = 'tenantLift' where position = ${REVOKE}`), REVOKE],
    ['arguments', exec(`update administration set args = '["x"]' where position = ${REVOKE}`), REVOKE],
    [
      'action of another tenant',
      exec(`update administration set tenant = 'insurer-a' where position = ${REVOKE}`),
      REVOKE,
    ],
    ['missing action', exec(`delete from administration where position = ${REVOKE}`), REVOKE],
    ['what was withdrawn', flip('withdrawal', 'subjects', `position = ${WITHDRAWAL}`), WITHDRAWAL],
    ['kind of withdrawal', exec(`update withdrawal set kind = 2 where position = ${WITHDRAWAL}`), WITHDRAWAL],
    ['missing target', exec(`delete from withdrawal where position = ${CLAIM}`), CLAIM],
    ['tombstone', flip('tombstone', 'subject', 'kind = 2'), CLAIM],
    ['time of a tombstone', exec(`update tombstone set jti = '00000000' where kind = 2`), CLAIM],
    ['missing tombstones', exec('delete from tombstone where kind = 1'), WITHDRAWAL],
    ['erased list', exec(`delete from erased where position = ${CLAIM}`), CLAIM],
    ['erased leaf', flip('erased', 'leaf_hash', `position = ${CLAIM}`), FIRST],
    ['repeated leaf', exec('delete from repeated'), REPEATED],
  ];
  it.each(headerColumns)('names the record of a damaged or lacking %s', async (_name, work, position) => {
    const verification = await verifyAfter(work);
    expect(verification.damaged.map(({ record }) => record)).toContain(position);
    expect(verification.checkpoint).toBeNull();
    expect(damageOf('The ledger', verification)).toMatchObject({ code: 'LEDGER_CORRUPT' });
  });

  const entryColumns: [string, string, (id: string) => string][] = [
    ['tenant', 'tenant', (id) => `update entry set tenant = 'insurer-b' where id = '${id}'`],
    ['space', 'space', (id) => `update entry set space = 'x' where id = '${id}'`],
    ['reference', 'reference', (id) => `update entry set ref = randomblob(32) where id = '${id}'`],
    ['claim reference', 'claim reference', (id) => `update entry set claim_ref = null where id = '${id}'`],
    ['line of business', 'line of business', (id) => `update entry set line = line + 1 where id = '${id}'`],
    ['month', 'month', (id) => `update entry set first_seen = first_seen + 1 where id = '${id}'`],
    ['expiry', 'expiry', (id) => `update entry set expires_at = expires_at + 1 where id = '${id}'`],
    ['offset', 'offset', (id) => `update entry set "offset" = "offset" + 1 where id = '${id}'`],
    ['leaf', 'leaf', (id) => `update entry set leaf = cast(${flipped('leaf')} as blob) where id = '${id}'`],
    [
      'leaf hash',
      'leaf',
      (id) => `update entry set leaf_hash = cast(${flipped('leaf_hash')} as blob) where id = '${id}'`,
    ],
  ];
  it.each(entryColumns)('names the entry of a damaged %s', async (_name, says, statement) => {
    let id = '';
    const { damaged } = await verifyAfter((database) => {
      id = entryOf(database, FIRST);
      database.exec(statement(id));
    });
    const found = damaged.find(({ entry }) => entry === id);
    expect(found).toMatchObject({ record: FIRST });
    expect(found?.problem).toContain(says);
  });

  it('names an entry under another id, moved to another record, dropped, or put there by nobody', async () => {
    const other = '00000000-0000-5000-8000-000000000000';
    const renamed = await verifyAfter((database) =>
      database.exec(`update entry set id = '${other}' where id = '${entryOf(database, FIRST)}'`),
    );
    expect(renamed.damaged).toContainEqual(expect.objectContaining({ record: FIRST, entry: other }));
    const moved = await verifyAfter((database) =>
      database.exec(`update entry set position = ${SECOND} where id = '${entryOf(database, FIRST)}'`),
    );
    expect(moved.damaged.map(({ record }) => record)).toEqual(expect.arrayContaining([FIRST, SECOND]));
    const dropped = await verifyAfter((database) =>
      database.exec(`delete from entry where id = '${entryOf(database, SECOND)}'`),
    );
    expect(dropped.damages).toBe(1);
    expect(dropped.damaged[0]).toMatchObject({ record: SECOND, problem: expect.stringMatching(/leaf \d is missing/) });
    const planted = await verifyAfter((database) =>
      database.exec(`insert into entry select '${other}', ${QUERY}, tenant, space, ref, claim_ref, line, first_seen,
        expires_at, "offset", leaf, leaf_hash from entry where id = '${entryOf(database, FIRST)}'`),
    );
    expect(planted.damaged).toContainEqual(expect.objectContaining({ record: QUERY }));
  });

  it('names a withdrawn entry that is there again', async () => {
    let id = '';
    const { damaged } = await verifyAfter((database) => {
      id = (database.prepare(`select entry_id from erased where position = ${CLAIM}`).get() as { entry_id: string })
        .entry_id;
      database.exec(`insert into entry select '${id}', position, tenant, space, ref, claim_ref, line, first_seen,
        expires_at, "offset", leaf, leaf_hash from entry where id = '${entryOf(database, FIRST)}'`);
    });
    expect(damaged).toContainEqual(expect.objectContaining({ record: CLAIM, entry: id }));
  });

  it('names a dropped record and goes on behind it', async () => {
    const { damaged, records } = await verifyAfter(exec(`delete from record where position = ${QUERY}`));
    expect(damaged[0]).toMatchObject({ record: QUERY, problem: 'it is missing' });
    expect(records).toBe(SIZE);
  });

  it('names reordered records', async () => {
    const { damaged } = await verifyAfter(
      exec(
        `update record set position = -1 where position = ${FIRST}`,
        `update record set position = ${FIRST} where position = ${SECOND}`,
        `update record set position = ${SECOND} where position = -1`,
      ),
    );
    expect(damaged.map(({ record }) => record)).toEqual(expect.arrayContaining([FIRST, SECOND]));
  });

  it('sees a log whose tail was cut, by its head, its checkpoints, or a checkpoint kept elsewhere', async () => {
    const kept = (await verify(sound)).checkpoint!;
    const cut = (database: Database.Database) =>
      database.exec(`delete from administration where position = ${REVOKE}; delete from record where position = ${REVOKE};
        update tenant set state = 'ACTIVE', revoked_at = null`);
    const headLeft = await verifyAfter(cut);
    expect(headLeft.damaged[0]).toMatchObject({ record: REVOKE, problem: expect.stringContaining('head') });
    const cutWell = (database: Database.Database) => {
      cut(database);
      setHead(database);
    };
    expect(await verifyAfter(cutWell)).toMatchObject({ damages: 0 });
    expect((await verifyAfter(cutWell, kept)).damaged[0]).toMatchObject({
      record: REVOKE,
      problem: expect.stringContaining('missing'),
    });
  });

  it("sees a log that was forked and signed again with the hub's own key, by an earlier checkpoint", async () => {
    const kept = (await verify(sound)).checkpoint!;
    copySound();
    await resign(file, (record) => (record.position === REVOKE ? { ...record, timeMs: record.timeMs + 1 } : record));
    const database = new Database(file);
    database.exec(`update tenant set revoked_at = revoked_at + 1 where id = 'insurer-b'`);
    database.close();
    expect(await verify(file)).toMatchObject({ damages: 0 });
    const { damaged } = await verify(file, kept);
    expect(damaged).toEqual([
      expect.objectContaining({ record: REVOKE, problem: expect.stringContaining('checkpoint') }),
    ]);
  });

  it('sees damaged heads, tenants and keys', async () => {
    const works = [
      exec('update head set size = size + 1'),
      exec('update head set searchable = 1'),
      flip('head', 'peaks', '1'),
      exec('delete from head'),
      exec(`update tenant set state = 'ACTIVE' where id = 'insurer-b'`),
      exec(`update tenant set scopes = 'admin' where id = 'insurer-a'`),
      exec(`delete from tenant where id = 'insurer-a'`),
      exec(`insert into tenant values ('insurer-x', 'ACTIVE', 'find', 1, null, null)`),
      exec(`update tenant set limits = '9 9 9 9' where id = 'insurer-a'`),
      exec(`update tenant_key set x = 'AAAA' where tenant = 'insurer-a'`),
      exec(`update tenant_key set state = 'RETIRED' where tenant = 'insurer-a'`),
      exec(`update space set state = 'RETIRED'`),
      exec(`update space set pinned_by = 'insurer-b'`),
      exec('delete from space'),
      exec(`insert into manifest values ('m', '{}', 1)`),
      exec(`insert into meta values ('retention years', '99')`),
      exec(`insert into meta values ('query budget', '10000')`),
      exec(`insert into meta values ('tenant limits', 'none none none none')`),
      exec(`insert into tombstone values ('insurer-a', 3, x'', '', 'ffffffff')`),
    ];
    for (const [i, work] of works.entries()) expect([i, (await verifyAfter(work)).damages]).not.toEqual([i, 0]);
  });

  it('names the record of a text that is none, which would end the process if it were read', async () => {
    for (const [table, column, position] of [
      ['record', 'receipt', FIRST],
      ['record', 'tenant', WITHDRAWAL],
      ['entry', 'space', SECOND],
      ['erased', 'entry_id', CLAIM],
      ['administration', 'args', REVOKE],
    ] as const) {
      const bytes = `cast(x'41' || x'ff' || ${column} as text)`;
      const damaged = exec(`update ${table} set ${column} = ${bytes} where position = ${position}`);
      await expect(verifyAfter(damaged), `${table}.${column}`).rejects.toMatchObject({
        code: 'LEDGER_CORRUPT',
        message: expect.stringMatching(new RegExp(`Record ${position}: .*column ${column} of table ${table}`)),
      });
    }
    const named = exec(`update meta set value = cast(x'80' as text) where name = 'hub id'`);
    await expect(verifyAfter(named)).rejects.toMatchObject({ code: 'LEDGER_CORRUPT' });
    // Other letters than those of English are text.
    const foreign = exec(`update administration set args = '["Zürich"]' where position = ${REVOKE}`);
    expect((await verifyAfter(foreign)).damaged.map(({ record }) => record)).toContain(REVOKE);
  });

  it('says so where a page of the file is torn, and refuses a checkpoint of another hub', async () => {
    const bytes = readFileSync(sound);
    for (let page = 2; page < bytes.length / 4096; page++) {
      const torn = Buffer.from(bytes);
      torn.fill(0xa5, page * 4096 + 100, page * 4096 + 600);
      copySound();
      writeFileSync(file, torn);
      // What is damaged beyond the log (an index, an empty page) may go unnoticed; what is read may not.
      const verification = await verify(file).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'LEDGER_CORRUPT' });
      });
      if (verification?.damages === 0) expect(verification).toMatchObject({ records: SIZE, entries: 6 });
    }
    const jwk = await generatePrivateJwk();
    const foreign = await signCheckpoint(
      { hub: 'urn:uuid:other', size: 1, root: Buffer.alloc(32).toString('base64url'), issuedAt: 1 },
      await importSigner(jwk),
    );
    await expect(verify(sound, foreign)).rejects.toMatchObject({ code: 'CHECKPOINT_INVALID' });
    await expect(verify(sound, 'nonsense')).rejects.toMatchObject({ code: 'CHECKPOINT_INVALID' });
  });

  it('says so where text is none, as does a hub that would start on it', async () => {
    for (const sql of ['update space set policy', 'update record set receipt', 'update tenant set limits']) {
      await expect(verifyAfter(exec(`${sql} = cast(x'7ba5' as text)`))).rejects.toMatchObject({
        code: 'LEDGER_CORRUPT',
      });
    }
    await expect(openSqliteLedger(file, quiet)).rejects.toMatchObject({ code: 'LEDGER_CORRUPT' });
  });

  it('ends in a result or a coded error, whatever bytes of the file are wrong', async () => {
    const bytes = readFileSync(sound);
    for (let seed = 0; seed < 60; seed++) {
      const random = seededRandom('damaged ledger', seed);
      const damaged = Buffer.from(bytes);
      const at = 4096 + random.below(bytes.length - 5_000);
      if (seed % 2) damaged.fill(0xff, at, at + 1 + random.below(600));
      else for (let i = 0; i < 20; i++) damaged[4096 + random.below(bytes.length - 4096)]! ^= 1 << random.below(8);
      copySound();
      writeFileSync(file, damaged);
      const outcome = await verify(file).then(
        () => 'a result',
        (error) => error.code,
      );
      expect(['a result', 'LEDGER_CORRUPT'], `seed ${seed}`).toContain(outcome);
    }
  });

  it('names the entries of a record whose time is none', async () => {
    const { damaged } = await verifyAfter(exec(`update record set time_ms = 1e17 where position = ${FIRST}`));
    expect(damaged).toContainEqual(expect.objectContaining({ record: FIRST, entry: expect.any(String) }));
  });

  it('stays sound beside a hub that writes', async () => {
    const hub = await openHub({ dataDirectory: directory }, { configuration: {}, logger: quiet });
    hub.indexer.start();
    try {
      let writing = true;
      const writer = (async () => {
        for (let i = 0; writing; i++) {
          await submit(hub, 'insurer-a', [leaf(`w${i}`), leaf(`v${i}`)]);
          if (i % 3 === 0) await withdraw(hub, 'insurer-a', { references: [ref(`w${i}`)] });
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      for (let i = 0; i < 5; i++) {
        await new Promise((resolve) => setTimeout(resolve, 30));
        expect((await verify(ledger)).damaged).toEqual([]);
      }
      writing = false;
      await writer;
      const { damages, records } = await verify(ledger);
      expect([damages, records]).toEqual([0, (await hub.ledger.head()).size]);
    } finally {
      await hub.close();
    }
  });
});

interface StoredRecord extends RecordHeader {
  readonly receipt: string | null;
}

function setHead(database: Database.Database): void {
  const rows = database.prepare('select hash, kind from record order by position').all() as {
    hash: ArrayBuffer;
    kind: string;
  }[];
  const frontier = new MerkleFrontier();
  let searchable = 0;
  for (const { hash, kind } of rows) {
    frontier.append(Buffer.from(hash));
    if (kind === 'SUBMISSION' || kind === 'WITHDRAWAL') searchable = frontier.size;
  }
  database
    .prepare('update head set size = ?, searchable = ?, peaks = ?')
    .run(frontier.size, searchable, frontier.encodePeaks());
}

/** Rewrites the log as someone could who has the hub's database and with it the hub's key. */
async function resign(path: string, change: (record: StoredRecord) => StoredRecord): Promise<void> {
  const { hub, signer, close } = await readStoredLedger(path, 'The ledger');
  await close();
  const database = new Database(path);
  const rows = database.prepare('select * from record order by position').all() as any[];
  const frontier = new MerkleFrontier();
  for (const row of rows) {
    const record = change({
      ...row,
      timeMs: row.time_ms,
      digest: Buffer.from(row.digest),
      detail: Buffer.from(row.detail),
    });
    const hash = recordHash(record);
    frontier.append(hash);
    const receipt =
      record.receipt &&
      (await signReceipt(
        {
          hub,
          tenant: record.tenant,
          operation: record.kind === 'SUBMISSION' ? 'submitEmbeddings' : 'withdrawEntries',
          jti: record.jti,
          space: record.space,
          digest: Buffer.from(record.digest).toString('base64url'),
          count: record.count,
          position: record.position,
          root: frontier.root().toString('base64url'),
          issuedAt: Math.floor(record.timeMs / 1000),
        },
        signer,
      ));
    database
      .prepare('update record set time_ms = ?, hash = ?, receipt = ? where position = ?')
      .run(record.timeMs, hash, receipt, record.position);
  }
  setHead(database);
  database.close();
}
