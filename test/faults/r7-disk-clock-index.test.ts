import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { errorCode, leaf, ref } from '../e2e/hub/test-hub.js';
import { killAll } from '../support/cli.js';
import { PostgresServer, postgresMissing } from '../support/postgres.js';
import { QDRANT_SKIPPED, qdrantBinary, startQdrant } from '../support/qdrant-process.js';
import { startDelayingProxy } from './support/delaying-proxy.js';
import { HubProcess } from './support/hub-process.js';
import { count, Load, photo } from './support/load.js';
import { report, scaled } from './support/scale.js';

const MEBIBYTE = 1024 ** 2;
const DISK_BYTES = 24 * MEBIBYTE;
/** What lies on the disk at first; an empty database of PostgreSQL takes 8 MiB itself. */
const BALLAST_BYTES = { SQLite: 18 * MEBIBYTE, PostgreSQL: 11 * MEBIBYTE };
const ledgers = ['SQLite', 'PostgreSQL'] as const;
const smallDisks = Object.fromEntries(ledgers.map((ledger) => [ledger, mountSmallDisk()]));
afterEach(killAll);
afterAll(() => {
  for (const disk of Object.values(smallDisks)) if (disk) execFileSync('umount', ['-l', disk]);
});

for (const ledger of ledgers) {
  const smallDisk = smallDisks[ledger];
  const missing = ledger === 'PostgreSQL' && postgresMissing;
  describe.skipIf(!smallDisk || missing)(
    `R7: a full disk under ${ledger} (skipped without ${ledger} or where no file system may be mounted)`,
    () => {
      it('is refused with a code, leaves nothing half-written, and needs no hands once there is room', async () => {
        const ballast = join(smallDisk!, 'ballast');
        writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES[ledger], 1));
        const postgres = ledger === 'PostgreSQL' ? await PostgresServer.start() : undefined;
        // The tables lie on the full disk; a server whose own log has no room ends itself, and is not the hub's to mend.
        const databaseUrl = await postgres?.database(join(smallDisk!, 'tables'));
        const hub = await HubProcess.start(postgres ? { databaseUrl } : { directory: join(smallDisk!, 'hub') });
        const node = await hub.tenant('insurer-a');
        const load = Object.assign(new Load(node, 100), { tenant: node.tenant });
        let done = false;
        const stream = load.run(() => done);
        while (!load.refusals.has('STORAGE_FULL')) await sleep(20);
        const fullAt = load.acknowledged.length;
        const codes = [...load.refusals.keys()];
        // A search writes its record before it is answered: without room for that either, it is refused too.
        const searched = await node.find({ leaf: leaf('query', { vector: photo(load.acknowledged[0]!) }) });
        if (errorCode(searched) !== 'STORAGE_FULL') {
          expect(searched.body.data.findDuplicates.matches).toHaveLength(1);
        }
        rmSync(ballast);
        while (load.acknowledged.length === fullAt) await sleep(20);
        done = true;
        await stream;
        const { body } = await node.find({ leaf: leaf('query', { vector: photo(load.acknowledged[0]!) }) });
        expect(body.data.findDuplicates).toMatchObject({ complete: true, matches: [{}] });
        await hub.command('ledger', 'verify');
        await hub.kill('SIGTERM');
        const opened = await hub.open();
        const counted = await count(opened, [load]);
        await opened.close();
        await postgres?.stop();
        report(`R7 full disk, ${ledger}`, {
          ...counted,
          'acknowledged when full': fullAt,
          'answers meanwhile': codes.join(' '),
        });
        expect(counted).toMatchObject({ lost: 0, doubled: 0 });
        expect(codes).toEqual(['STORAGE_FULL']);
      });
    },
  );
}

for (const hours of [1, -1]) {
  it(`R7: a clock that jumps ${hours} h refuses cleanly, loses nothing, and works again when it is right`, async () => {
    const jump = fileURLToPath(new URL('./support/jump-clock.mjs', import.meta.url));
    const env = { NODE_OPTIONS: `--import ${jump}`, CLOCK_JUMP_MS: String(hours * 3_600_000) };
    const hub = await HubProcess.start({ env });
    const node = await hub.tenant('insurer-a');
    expect(errorCode(await node.submit([leaf('before')]))).toBeUndefined();
    hub.signal('SIGUSR2');
    await expect.poll(async () => (await node.requestToken()).status, { interval: 50 }).toBe(401);
    const refused = await node.submit([leaf('meanwhile')]);
    expect([refused.status, refused.body.errors[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
    hub.signal('SIGUSR2');
    await expect.poll(async () => (await node.requestToken()).status, { interval: 50 }).toBe(200);
    expect(errorCode(await node.submit([leaf('after')]))).toBeUndefined();
    const found = await node.find({ reference: ref('before'), scope: 'OWN' });
    expect(found.body.data.findDuplicates.complete).toBe(true);
    await hub.command('ledger', 'verify');
    expect((await hub.command('tenant', 'list')).tenants).toMatchObject([{ entries: 2 }]);
    await hub.dispose();
  });
}

it('R7: a last write torn by a power cut is dropped, and what was acknowledged before it stays', async () => {
  const hub = await HubProcess.start();
  const node = await hub.tenant('insurer-a');
  const load = Object.assign(new Load(node, 20), { tenant: node.tenant });
  await load.run(() => load.acknowledged.length >= 100);
  await hub.kill();
  const log = join(hub.directory, readdirSync(hub.directory).find((name) => name.endsWith('-wal'))!);
  // Half a page of a transaction that was never acknowledged.
  appendFileSync(log, Buffer.alloc(2_300, 0xa5));
  await hub.start();
  await hub.command('ledger', 'verify');
  expect((await node.submit([leaf('after')])).body.data.submitEmbeddings.receipt).toBeTruthy();
  await hub.kill('SIGTERM');
  const opened = await hub.open();
  const counted = await count(opened, [load]);
  await opened.close();
  expect(counted).toMatchObject({ acknowledged: 100, lost: 0, doubled: 1 });
  await hub.dispose();
});

describe.skipIf(!qdrantBinary)(`R7: a slow index server ${QDRANT_SKIPPED}`, () => {
  it('holds up no submission, and a search says when it could not wait', async () => {
    const qdrant = await startQdrant();
    const proxy = await startDelayingProxy(qdrant.url);
    const hub = await HubProcess.start({ qdrantUrl: proxy.url });
    try {
      const node = await hub.tenant('insurer-a');
      const load = Object.assign(new Load(node, 50), { tenant: node.tenant });
      await load.run(() => load.acknowledged.length >= 200);
      await hub.untilComplete();
      proxy.delayMs = scaled(2_500, 15_000);
      const startedAt = Date.now();
      await load.run(() => load.acknowledged.length >= 400);
      const submitMs = (Date.now() - startedAt) / 4;
      const answer = await node.find({ leaf: leaf('query', { vector: photo(load.acknowledged[399]!) }) });
      const found = answer.body?.data?.findDuplicates;
      if (found) expect([found.complete, found.matches.length > 0]).not.toEqual([true, false]);
      else expect(errorCode(answer)).toBe('INDEX_UNAVAILABLE');
      proxy.delayMs = 0;
      await hub.untilComplete();
      const { body } = await node.find({ leaf: leaf('query', { vector: photo(load.acknowledged[399]!) }) });
      expect(body.data.findDuplicates).toMatchObject({ complete: true, matches: [{}] });
      report('R7 slow index', {
        'answers late by': `${scaled(2_500, 15_000)} ms`,
        'a submission took': `${Math.round(submitMs)} ms`,
      });
      expect(submitMs).toBeLessThan(2_000);
    } finally {
      await hub.dispose();
      await proxy.close();
      await qdrant.dispose();
    }
  });
});

/** Memory as a file system of {@link DISK_BYTES}; undefined where that needs rights that this process lacks. */
function mountSmallDisk(): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'claimprint-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', directory], { stdio: 'ignore' });
    return directory;
  } catch {
    rmSync(directory, { recursive: true });
    return undefined;
  }
}
