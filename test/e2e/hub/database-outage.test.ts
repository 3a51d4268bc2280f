import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgresLedger } from '../../../src/hub/ledger/postgres.js';
import { postgresError } from '../../../src/platform/postgres-error.js';
import { uuidV7 } from '../../../src/protocol/ids.js';
import { PostgresServer, postgresMissing } from '../../support/postgres.js';
import { direction, errorCode, leaf, quiet, ref, runHub } from './test-hub.js';

it('R7: a database without room is a code that says so, and can be tried again', () => {
  const full = Object.assign(new Error('could not extend file "base/1/2": No space left on device'), { code: '53100' });
  expect(postgresError(full)).toMatchObject({ code: 'STORAGE_FULL', retryable: true });
});

describe.skipIf(postgresMissing)(`a hub whose database goes away (${postgresMissing ?? 'PostgreSQL'})`, () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server.stop());

  it('refuses with a code that can be tried again, and goes on by itself when it is back', async () => {
    const databaseUrl = await server.database();
    const [one, two] = [await runHub({ databaseUrl }), await runHub({ databaseUrl })];
    try {
      const a = await one.tenant('insurer-a');
      await a.submit([leaf('before')]);
      const b = a.at(two.address);
      expect((await b.find({ reference: ref('before') })).status).toBe(200);
      await server.end('SIGQUIT');
      const refused = await a.submit([leaf('meanwhile')]);
      expect(refused.body.errors[0].extensions).toMatchObject({ code: 'LEDGER_UNAVAILABLE', retryable: true });
      expect(errorCode(await b.find({ leaf: leaf('q') }))).toBe('LEDGER_UNAVAILABLE');
      expect((await a.requestToken()).status).toBe(503);
      expect((await fetch(`${one.address}/healthz`)).status).toBe(200);
      await server.run();
      // The same request again and again, as a node repeats it: an answer can be lost that was given.
      const [leaves, jti] = [[leaf('after')], uuidV7()];
      await expect
        .poll(async () => errorCode(await a.submit(leaves, { jti })), { timeout: 20_000, interval: 200 })
        .toBeUndefined();
      // The other hub asks for what it has missed within some seconds; until then a search says that it is not complete.
      const look = async () => {
        const { body } = await b.find({ leaf: leaf('q', { vector: direction('after') }) });
        const { complete, matches } = body.data.findDuplicates;
        if (complete) expect(matches).toHaveLength(1);
        return complete;
      };
      await expect.poll(look, { timeout: 15_000, interval: 200 }).toBe(true);
      // Told again of what happens at the other hub, not only asking now and then.
      await sleep(3_000);
      const heard: number[] = [];
      two.hub.ledger.onChange((change) => change === 'log' && heard.push(Date.now()));
      await sleep(500);
      heard.length = 0;
      const sentAt = Date.now();
      await a.submit([leaf('told')]);
      await expect.poll(() => heard.length, { interval: 10 }).toBeGreaterThan(0);
      expect(heard[0]! - sentAt).toBeLessThan(1_900);
    } finally {
      await one.stop();
      await two.stop();
    }
  });

  it('gives the right to fill a shared index to one process at a time, and to the next when that loses it', async () => {
    const url = await server.database();
    const [first, second] = [await openPostgresLedger(url, quiet), await openPostgresLedger(url, quiet)];
    const never = new AbortController().signal;
    try {
      const held = await first.ledger.leadIndexing(never);
      let granted = false;
      const waiting = second.ledger.leadIndexing(never).then((lease) => {
        granted = true;
        return lease;
      });
      await sleep(3_000);
      expect([granted, held.lost.aborted]).toEqual([false, false]);
      const name = new URL(url).pathname.slice(1);
      const lost = new Promise((resolve) => held.lost.addEventListener('abort', resolve));
      await server.query(
        `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted
           and database = (select oid from pg_database where datname = '${name}')`,
      );
      await lost;
      const next = await waiting;
      expect(next.lost.aborted).toBe(false);
      await expect(first.ledger.leadIndexing(AbortSignal.timeout(1_000))).rejects.toMatchObject({
        name: 'TimeoutError',
      });
      const again = first.ledger.leadIndexing(never);
      await next.release();
      expect((await again).lost.aborted).toBe(false);
    } finally {
      await first.ledger.close();
      await second.ledger.close();
    }
  });

  it('makes room of what was withdrawn', async () => {
    const databaseUrl = await server.database();
    const name = new URL(databaseUrl).pathname.slice(1);
    const running = await runHub({ databaseUrl });
    try {
      const a = await running.tenant('insurer-a');
      await a.submit(Array.from({ length: 50 }, (_, i) => leaf(`gone ${i}`)));
      await a.withdraw({ all: true });
      const vacuumed = async () => {
        const statement = "select vacuum_count::int as runs from pg_stat_user_tables where relname = 'entry'";
        return (await server.query<{ runs: number }>(statement, name))[0]?.runs;
      };
      await expect.poll(vacuumed, { timeout: 20_000, interval: 500 }).toBeGreaterThan(0);
      expect(await server.query('select 1 from entry', name)).toEqual([]);
    } finally {
      await running.stop();
    }
  });
});
