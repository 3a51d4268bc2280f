import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgresLedger } from '../../../src/hub/ledger/postgres.js';
import { cli } from '../../support/cli.js';
import { PostgresServer, postgresMissing } from '../../support/postgres.js';
import { quiet } from './test-hub.js';

const SECRET = 'not-to-be-shown';

describe('a DATABASE_URL that is none', () => {
  it.each([
    'nonsense',
    `mysql://hub:${SECRET}@127.0.0.1/ledger`,
    `postgres://hub:${SECRET}@127.0.0.1:99999/ledger`,
    `postgres://hub:${SECRET}@127.0.0.1/ledger?sslmode=verify-full&sslrootcert=/not/there.pem`,
  ])('is refused without being quoted: %s', async (url) => {
    await expect(openPostgresLedger(url, quiet)).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: expect.not.stringContaining(SECRET),
    });
  });

  it('is named by a command when nothing else says where the hub is', async () => {
    const { code, json } = await cli(['hub', 'tenant', 'list', '--json'], { env: { DATABASE_URL: '' } });
    expect([code, json.error.code]).toEqual([2, 'BAD_REQUEST']);
    expect(json.error.message).toMatch(/--data.*DATABASE_URL/);
  });

  it('is refused by a command when nobody answers there', async () => {
    const env = { DATABASE_URL: `postgres://hub:${SECRET}@127.0.0.1:9/ledger` };
    const { code, stdout, stderr, json } = await cli(['hub', 'tenant', 'list', '--json'], { env });
    expect([code, json.error.code]).toEqual([2, 'LEDGER_UNAVAILABLE']);
    expect(json.error.message).toContain('127.0.0.1:9');
    expect(stdout + stderr).not.toContain(SECRET);
  });
});

describe.skipIf(postgresMissing)(`a database that cannot be used (${postgresMissing ?? 'PostgreSQL'})`, () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server.stop());

  async function refused(url: string, code: string, hint: RegExp): Promise<void> {
    const error = await openPostgresLedger(url, quiet).then(
      () => undefined,
      (thrown: Error & { code: string }) => thrown,
    );
    expect(error?.code).toBe(code);
    expect(error?.message).toMatch(hint);
    expect(error?.message).not.toContain(SECRET);
  }

  it('for a wrong password or user, or because it is not there', async () => {
    await refused(server.url('postgres', { password: SECRET }), 'DATABASE_UNUSABLE', /password in DATABASE_URL/);
    await refused(server.url('postgres', { user: 'nobody' }), 'DATABASE_UNUSABLE', /user nobody/);
    await refused(server.url('nowhere'), 'DATABASE_UNUSABLE', /no database nowhere.*createdb/);
    await refused(`${server.url()}?sslmode=verify-full`, 'DATABASE_UNUSABLE', /TLS/);
  });

  it('for lack of rights', async () => {
    const url = new URL(await server.database());
    await server.query(`create role weak login password '${SECRET}'`);
    url.username = 'weak';
    url.password = SECRET;
    await refused(url.href, 'DATABASE_UNUSABLE', /user weak may not/i);
  });

  it('because it is read-only', async () => {
    const url = await server.database();
    const name = new URL(url).pathname.slice(1);
    await server.query(`alter database ${name} set default_transaction_read_only = on`);
    await refused(url, 'DATABASE_UNUSABLE', /read-only/);
  });

  it('because it holds something else, and leaves that alone', async () => {
    const strange = ['create table customer (id int)', 'create table meta (id int)', 'create table record (id int)'];
    for (const statement of strange) {
      const url = await server.database();
      const name = new URL(url).pathname.slice(1);
      await server.query(statement, name);
      await refused(url, 'DATABASE_UNUSABLE', /holds something else/);
      const tables = await server.query("select 1 from pg_tables where schemaname = 'public'", name);
      expect(tables.length).toBe(1);
    }
  });
});
