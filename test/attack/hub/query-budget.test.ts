import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hubCommands } from '../../../src/hub/commands.js';
import { readStoredLedger } from '../../../src/hub/ledger/backup/stored-ledger.js';
import { backUpDatabase } from '../../../src/hub/ledger/backup/write-backup.js';
import { verifyLedger } from '../../../src/hub/ledger/verify/verify-ledger.js';
import { decodeRecordHeader } from '../../../src/protocol/record.js';
import {
  type Answer,
  direction,
  errorCode,
  leaf,
  near,
  type RunningHub,
  ref,
  runHub,
  type TestNode,
} from '../../e2e/hub/test-hub.js';
import { PostgresServer, postgresMissing } from '../../support/postgres.js';

const DAY_MS = 86_400_000;
const MONTH_MS = 30 * DAY_MS;

/** The answer's bytes, without what differs from one search to the next. */
const bytesOf = ({ text }: Answer) => text.replace(/"(searched|queryId)":"[^"]*"/g, '');
const found = ({ body }: Answer) =>
  body.data.findDuplicates.matches as { finalAnswer: boolean; entry: { id: string } }[];

for (const database of ['SQLite', 'PostgreSQL'] as const) {
  const missing = database === 'PostgreSQL' ? postgresMissing : undefined;

  describe.skipIf(missing)(`E3: the query budget on ${database}`, () => {
    let postgres: PostgresServer | undefined;
    const hubs: RunningHub[] = [];
    let offsetMs = 0;
    let url: string | undefined;

    beforeAll(async () => {
      if (database === 'PostgreSQL') postgres = await PostgresServer.start();
    });
    afterAll(() => postgres?.stop());
    afterEach(async () => {
      for (const hub of hubs.splice(0)) await hub.stop();
      offsetMs = 0;
    });

    const start = async () => {
      const hub = await runHub({ now: () => Date.now() + offsetMs, ...(url && { databaseUrl: url }) });
      hubs.push(hub);
      return hub;
    };
    const first = async () => {
      url = await postgres?.database();
      const running = await start();
      const [victim, curious] = [await running.tenant('victim'), await running.tenant('curious')];
      return { running, victim, curious };
    };
    const probe = (curious: TestNode, name: string, i: number, cosine = 0.98) =>
      curious.find({ leaf: leaf('q', { vector: near(direction(name), cosine, `probe ${i}`) }) });
    const spend = async (curious: TestNode, name: string, queries = 20) => {
      const answers: Answer[] = [];
      for (let i = 0; i < queries; i++) answers.push(await probe(curious, name, i));
      return answers;
    };

    it('counts each vector that is put behind one reference, however often that is withdrawn and used again', async () => {
      const { victim, curious } = await first();
      await victim.submit([leaf('secret')]);
      const climb = async (i: number) => {
        await curious.submit([leaf('mine', { vector: near(direction('secret'), 0.98, `probe ${i}`) })]);
        const answer = await curious.find({ reference: ref('mine'), scope: 'OTHERS' });
        await curious.withdraw({ references: [ref('mine')] });
        return found(answer).map(({ finalAnswer }) => finalAnswer);
      };
      const answers = [];
      for (let i = 0; i < 22; i++) answers.push(await climb(i));
      expect(answers).toEqual([...Array(19).fill([false]), [true], [], []]);
    });

    it('answers 20 distinct queries at one foreign entry, says which is the last, and then is as no match, to the byte', async () => {
      const { victim, curious, running } = await first();
      await victim.submit([leaf('secret')]);
      const answers = await spend(curious, 'secret');
      expect(answers.map((answer) => found(answer).map(({ finalAnswer }) => finalAnswer))).toEqual([
        ...Array(19).fill([false]),
        [true],
      ]);
      const absent = await probe(curious, 'secret', 21);
      const nobody = await curious.find({ leaf: leaf('q', { vector: direction('nobody has this') }) });
      expect(found(absent)).toEqual([]);
      expect(bytesOf(absent)).toBe(bytesOf(nobody));
      // Another limit or scope helps nobody, nor another filter.
      const probed = { leaf: leaf('q', { vector: direction('secret') }) };
      for (const change of [{ limit: 1 }, { scope: 'OTHERS' as const }, { linesOfBusiness: ['MOTOR' as const] }]) {
        expect(bytesOf(await curious.find({ ...probed, ...change }))).toBe(bytesOf(nobody));
      }
      // The owner, and another insurer, find it as before.
      expect(found(await victim.find(probed))).toHaveLength(1);
      expect(found(await (await running.tenant('another')).find(probed))).toHaveLength(1);
    });

    it('answers a query that it has counted again, and does not count it again', async () => {
      const { victim, curious } = await first();
      await victim.submit([leaf('secret')]);
      const same = { leaf: leaf('q', { vector: near(direction('secret'), 0.98) }) };
      for (let i = 0; i < 30; i++) expect(found(await curious.find(same))).toHaveLength(1);
      const answers = await spend(curious, 'secret', 20);
      expect(answers.filter((answer) => found(answer).length === 1)).toHaveLength(19);
      const again = found(await curious.find(same));
      expect(again).toMatchObject([{ finalAnswer: true }]);
    });

    it('counts once what is asked by the same vectors, however it is packed, and anew what differs in one number', async () => {
      const { victim, curious } = await first();
      await victim.submit([leaf('secret')]);
      const vector = near(direction('secret'), 0.98);
      await curious.submit([leaf('mine', { vector })]);
      for (let i = 0; i < 30; i++) {
        // The leaf is salted anew each time.
        const asked = i % 2 === 0 ? { leaf: leaf(`name ${i}`, { vector }) } : { reference: ref('mine') };
        const answer = await curious.find({ ...asked, limit: 1 + (i % 10), scope: 'OTHERS' });
        expect(found(answer)).toMatchObject([{ finalAnswer: false }]);
      }
      const lines = Array.from({ length: 10 }, (_, i) => ({
        linesOfBusiness: ['MOTOR' as const],
        seenFrom: `20${10 + i}-01`,
      }));
      const offsets = Array.from({ length: 9 }, (_, i) => ({ leaf: leaf('q', { vector, offset: i + 1 }) }));
      const differing = [...lines.map((filter) => ({ leaf: leaf('q', { vector }), ...filter })), ...offsets];
      const answers = [];
      for (const args of differing as Parameters<TestNode['find']>[0][])
        answers.push(found(await curious.find({ ...args, scope: 'OTHERS' })));
      expect(answers.map(([match]) => match?.finalAnswer)).toEqual([...Array(18).fill(false), true]);
      const tiled = { leaf: leaf('q', { vector, tiles: [vector] }), tileOffsets: [0], scope: 'OTHERS' as const };
      expect(found(await curious.find(tiled))).toEqual([]);
    });

    it('puts the next best in its place, and counts what an answer only hints at', async () => {
      const { victim, curious } = await first();
      await victim.submit([
        leaf('best', { vector: near(direction('photo'), 0.99, 'x') }),
        leaf('second', { vector: near(direction('photo'), 0.97, 'y') }),
      ]);
      const ask = (i: number, limit: number) =>
        curious.find({ leaf: leaf('q', { vector: near(direction('photo'), 0.999, `p ${i}`) }), limit });
      const [best] = found(await ask(0, 1));
      for (let i = 1; i < 20; i++) {
        const answer = await ask(i, 1);
        expect(found(answer)).toMatchObject([{ entry: { id: best!.entry.id } }]);
        expect(answer.body.data.findDuplicates.truncated).toBe(true);
      }
      // The second one was hinted at as often.
      const none = await ask(20, 1);
      expect([found(none), none.body.data.findDuplicates.truncated]).toEqual([[], false]);
      await victim.submit([leaf('third', { vector: near(direction('photo'), 0.95, 'z') })]);
      const next = await ask(21, 1);
      expect(found(next)).toHaveLength(1);
      expect(found(next)[0]!.entry.id).not.toBe(best!.entry.id);
      expect(next.body.data.findDuplicates.truncated).toBe(false);
    });

    it('tells the owner in its part of the log, without the name of who asked', async () => {
      const { victim, curious, running } = await first();
      await victim.submit([leaf('secret')]);
      const { matches } = (await victim.find({ leaf: leaf('q', { vector: direction('secret') }) })).body.data
        .findDuplicates;
      await curious.submit([leaf('bait')]);
      const bait = await victim.find({ leaf: leaf('q', { vector: direction('bait') }) });
      const handle = bait.body.data.findDuplicates.matches[0].entry.tenant;
      await spend(curious, 'secret', 25);
      const { body, text } = await victim.read('/audit/records');
      const told = body.records.filter(({ action }: { action?: string }) => action === 'queryBudgetSpent');
      expect(told).toMatchObject([{ args: [matches[0].entry.id, handle, '20'] }]);
      expect(text).not.toContain('curious');
      expect(decodeRecordHeader(Buffer.from(told[0].header, 'base64'))).toMatchObject({ tenant: 'victim' });
      expect((await curious.read('/audit/records')).text).not.toContain('queryBudgetSpent');
      expect((await running.hub.ledger.head()).size).toBeGreaterThan(25);
    });

    it('counts anew after 30 days, forgets old counts, and those of what is withdrawn', async () => {
      const { victim, curious, running } = await first();
      const { database: sql } = running.hub.log;
      const rows = async () => {
        const [counted, spent] = [sql.selectFrom('counted_query'), sql.selectFrom('spent_budget')];
        return [(await counted.selectAll().execute()).length, (await spent.selectAll().execute()).length];
      };
      await victim.submit([leaf('secret'), leaf('other')]);
      await spend(curious, 'secret');
      await spend(curious, 'other', 3);
      expect(await rows()).toEqual([23, 1]);
      await victim.withdraw({ references: [ref('other')] });
      expect(await rows()).toEqual([20, 1]);
      offsetMs = MONTH_MS - DAY_MS;
      await running.hub.sweeper.sweep();
      expect(await rows()).toEqual([20, 1]);
      const at = await searchAfter(running, curious, 'secret');
      expect(at).toEqual([]);
      offsetMs = MONTH_MS + DAY_MS;
      expect(await searchAfter(running, curious, 'secret')).toHaveLength(1);
      await running.hub.sweeper.sweep();
      expect(await rows()).toEqual([1, 0]);
      offsetMs = 0;
      await victim.withdraw({ all: true });
      expect(await rows()).toEqual([0, 0]);
    });

    /** By the hub's clock, which may be another than this machine's. */
    async function searchAfter(running: RunningHub, node: TestNode, name: string) {
      const { find } = await import('../../support/sample-ledger.js');
      const count = await find(
        running.hub,
        node.tenant,
        leaf('q', { vector: near(direction(name), 0.98, String(offsetMs)) }),
      );
      return Array(count).fill(0);
    }

    it('is what the operator says, for every hub, and is backed up', async () => {
      const { victim, curious, running } = await first();
      await running.hub.queryBudget.set(3, Date.now());
      await victim.submit([leaf('secret')]);
      const shown = (await spend(curious, 'secret', 6)).map((answer) => found(answer).length);
      expect(shown).toEqual([1, 1, 1, 0, 0, 0]);
      await running.restart();
      expect(running.hub.queryBudget.queries).toBe(3);
      expect(found(await probe(curious, 'secret', 7))).toEqual([]);
      await running.hub.queryBudget.set(5, Date.now());
      expect(
        (await Promise.all([8, 9, 10].map((i) => probe(curious, 'secret', i)))).map((a) => found(a).length).sort(),
      ).toEqual([0, 1, 1]);
      const file = join(running.directory, 'backup.sqlite');
      await backUpDatabase(running.hub.log.database, file);
      const stored = await readStoredLedger(file, 'The backup');
      expect(await stored.database.selectFrom('counted_query').selectAll().execute()).toHaveLength(5);
      expect(await stored.database.selectFrom('spent_budget').selectAll().execute()).toHaveLength(1);
      expect((await verifyLedger(stored)).damaged).toEqual([]);
      await stored.close();
      await expect(running.hub.queryBudget.set(0, Date.now())).rejects.toMatchObject({ code: 'BAD_REQUEST' });
      expect(await hubCommands.status(running.hub)).toMatchObject({ queryBudget: 5 });
    });

    it('is not overrun by 60 queries at once, at two hubs where there are two', async () => {
      const { victim, curious, running } = await first();
      await victim.submit([leaf('secret')]);
      const addresses = [running.address];
      if (database === 'PostgreSQL') addresses.push((await start()).address);
      const nodes = addresses.map((address) => curious.at(address));
      for (const node of nodes) {
        await expect.poll(async () => errorCode(await probe(node, 'nothing like it', 0))).toBeUndefined();
        await expect
          .poll(async () => (await probe(node, 'nothing like it', 0)).body.data.findDuplicates.complete)
          .toBe(true);
      }
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, i) => probe(nodes[i % nodes.length]!, 'secret', i)),
      );
      const shown = answers.filter((answer) => found(answer).length === 1);
      expect(shown).toHaveLength(20);
      expect(shown.filter((answer) => found(answer)[0]!.finalAnswer)).toHaveLength(1);
      expect(answers.every(({ status }) => status === 200)).toBe(true);
    });
  });
}
