import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readStoredLedger } from '../../../src/hub/ledger/backup/stored-ledger.js';
import { verifyLedger } from '../../../src/hub/ledger/verify/verify-ledger.js';
import { callControlSocket } from '../../../src/platform/control-socket.js';
import { toPublicJwk } from '../../../src/protocol/keys.js';
import { cli, killAll, type Server, serve } from '../../support/cli.js';
import { direction, errorCode, leaf, ref, TestNode } from './test-hub.js';

let directory: string;
let data: string;
let server: Server;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'claimprint-cli-'));
  data = join(directory, 'hub');
});
afterEach(async () => {
  await killAll();
  rmSync(directory, { recursive: true, force: true });
});

const start = async () => {
  server = await serve(['hub', 'start', '--data', data, '--port', '0']);
};

async function tenant(name: string): Promise<TestNode> {
  const node = await TestNode.create(name, () => server.ready.address, server.ready.hub);
  const key = join(directory, `${name}.json`);
  writeFileSync(key, JSON.stringify(toPublicJwk(node.jwk)));
  expect(await cli(['hub', 'tenant', 'add', name, '--key', key, '--data', data])).toMatchObject({ code: 0 });
  return node;
}

const verify = (...more: string[]) => cli(['hub', 'ledger', 'verify', '--json', '--data', data, ...more]);

async function isFound(viewer: TestNode, name: string): Promise<boolean> {
  for (;;) {
    const { body } = await viewer.find({ leaf: leaf('q', { vector: direction(name) }) });
    const found = body.data?.findDuplicates;
    if (found?.complete) return found.matches.length > 0;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('backup, restore and verify by the command line, beside a hub that runs', () => {
  it('repeats what an operator did in that order, though a machine whose clock is ahead did some of it', async () => {
    await start();
    await tenant('insurer-a');
    await server.kill('SIGTERM');
    const backup = join(directory, 'backup.sqlite');
    await cli(['hub', 'backup', backup, '--data', data]);
    const shift = fileURLToPath(new URL('../../support/shift-clock.mjs', import.meta.url));
    const ahead = { env: { NODE_OPTIONS: `--import ${shift}`, CLOCK_SHIFT_MS: String(3_600_000) } };
    const quarantine = ['hub', 'tenant', 'quarantine', 'insurer-a', '--data', data, '--json'];
    expect((await cli(quarantine, ahead)).json.state).toBe('QUARANTINED');
    expect((await cli([...quarantine, '--lift'], ahead)).json.state).toBe('ACTIVE');
    expect((await cli(quarantine)).json.state).toBe('QUARANTINED');
    expect((await cli(['hub', 'restore', backup, '--replace', '--data', data, '--json'])).json.actions).toBe(3);
    const { json } = await cli(['hub', 'tenant', 'list', '--data', data, '--json']);
    expect(json.tenants).toMatchObject([{ tenant: 'insurer-a', state: 'QUARANTINED' }]);
    expect((await verify()).code).toBe(0);
  });

  it('G3 brings nothing back that was withdrawn, and says what was lost', async () => {
    await start();
    const a = await tenant('insurer-a');
    const viewer = await tenant('viewer');
    await a.submit([leaf('kept'), leaf('withdrawn')]);
    const backup = join(directory, 'backup.sqlite');
    expect((await cli(['hub', 'backup', backup, '--data', data, '--json'])).json).toMatchObject({
      records: 3,
      entries: 2,
    });
    expect(await cli(['hub', 'backup', backup, '--data', data, '--json'])).toMatchObject({
      code: 2,
      json: { error: { code: 'FILE_EXISTS' } },
    });
    await a.withdraw({ references: [ref('withdrawn')] });
    await a.submit([leaf('later')]);
    expect((await verify()).json).toMatchObject({ records: 5, entries: 2, damages: 0 });
    expect((await cli(['hub', 'ledger', 'verify', '--backup', backup])).stdout).toContain('is sound: 3 records');
    const refused = await cli(['hub', 'restore', backup, '--data', data]);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('2 records newer than the backup')]);
    const restored = await cli(['hub', 'restore', backup, '--data', data, '--replace', '--json']);
    expect(restored.json).toMatchObject({ lost: 2, withdrawals: 1, erased: 1, entries: 1, records: 5 });
    expect([await isFound(viewer, 'kept'), await isFound(viewer, 'withdrawn'), await isFound(viewer, 'later')]).toEqual(
      [true, false, false],
    );
    expect((await verify()).json).toMatchObject({ records: expect.any(Number), entries: 1, damages: 0 });
    // The node sends again what came after the backup.
    expect(errorCode(await a.submit([leaf('later')]))).toBeUndefined();
    expect(await isFound(viewer, 'later')).toBe(true);
  });

  it('G4 exits with 2 and names the record and the entry; a checkpoint kept elsewhere shows a cut', async () => {
    await start();
    const a = await tenant('insurer-a');
    await a.submit([leaf('one'), leaf('two')]);
    await a.submit([leaf('three')]);
    await server.kill();
    const sound = await verify();
    expect(sound).toMatchObject({ code: 0, json: { records: 3 } });
    const kept = join(directory, 'checkpoint.json');
    writeFileSync(kept, sound.stdout);
    const file = join(data, 'ledger.sqlite');
    const change = (...statements: string[]) => {
      const database = new Database(file);
      database.exec('pragma foreign_keys = off');
      for (const statement of statements) database.exec(statement);
      database.close();
    };
    const database = new Database(file);
    const { id } = database.prepare('select id from entry where position = 1 limit 1').get() as { id: string };
    database.close();
    change(`update entry set expires_at = expires_at + 1 where id = '${id}'`);
    const damaged = await cli(['hub', 'ledger', 'verify', '--data', data]);
    expect(damaged.code).toBe(2);
    expect(damaged.stderr).toContain(`Record 1, entry ${id}: its expiry`);
    expect(damaged.stderr).toContain('LEDGER_CORRUPT');
    const json = await verify();
    expect([json.code, json.json.error.code, json.json.damaged[0].entry]).toEqual([2, 'LEDGER_CORRUPT', id]);
    change(`update entry set expires_at = expires_at - 1 where id = '${id}'`);
    expect((await verify('--checkpoint', kept)).code).toBe(0);
    change(
      'delete from entry where position = 2',
      'delete from leaf_hashes where position = 2',
      'delete from checkpoint',
      'delete from record where position = 2',
    );
    expect((await verify()).json.damaged[0]).toMatchObject({ record: 2 });
  });
});

describe('a hub killed while it restores', () => {
  it('is the old or the new one, and nothing withdrawn is in either', async () => {
    await start();
    const a = await tenant('insurer-a');
    const viewer = await tenant('viewer');
    for (let batch = 0; batch < 2; batch++) {
      const leaves = Array.from({ length: 500 }, (_, i) => leaf(`${batch} ${i}`, { vector: direction(`${i % 9}`) }));
      expect(errorCode(await a.submit(leaves))).toBeUndefined();
    }
    await a.submit([leaf('withdrawn')]);
    const backup = join(directory, 'backup.sqlite');
    await cli(['hub', 'backup', backup, '--data', data]);
    await a.withdraw({ references: [ref('withdrawn')] });
    await a.submit([leaf('later')]);
    const outcomes: string[] = [];
    // From the beginning of the copy on; the last one comes when all is done.
    for (const delayMs of [0, 60, 200, 20_000]) {
      const args = { file: backup, journals: [], replace: true, withoutJournal: false };
      let began: () => void;
      const begun = new Promise<void>((resolve) => {
        began = resolve;
      });
      const restoring = callControlSocket(data, 'restore', args, (event) => {
        if ((event as { phase: string }).phase === 'restoring') began();
      }).then(
        () => true,
        () => false,
      );
      await begun;
      await Promise.race([restoring, new Promise((resolve) => setTimeout(resolve, delayMs))]);
      await server.kill('SIGKILL');
      const answered = await restoring;
      const stored = await readStoredLedger(join(data, 'ledger.sqlite'), 'The ledger');
      const { damaged, entries } = await verifyLedger(stored);
      await stored.close();
      expect([delayMs, damaged]).toEqual([delayMs, []]);
      // Old: with what came later; new: without.
      outcomes.push(entries === 1001 ? 'old' : entries === 1000 ? 'new' : String(entries));
      if (answered) expect(outcomes.at(-1)).toBe('new');
      await start();
      expect(await isFound(viewer, 'withdrawn')).toBe(false);
      if (outcomes.at(-1) === 'new') await a.submit([leaf('later')]);
    }
    expect(outcomes.every((outcome) => outcome === 'old' || outcome === 'new')).toBe(true);
    expect(outcomes).toContain('old');
    expect(outcomes.at(-1)).toBe('new');
  }, 180_000);
});
