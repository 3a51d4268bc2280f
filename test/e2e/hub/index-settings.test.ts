import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli } from '../../support/cli.js';
import { PostgresServer, postgresMissing } from '../../support/postgres.js';

describe.skipIf(postgresMissing)(`a database and a QDRANT_URL that does not work, ${postgresMissing ?? ''}`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'claimprint-index-'));
  let postgres: PostgresServer;
  let env: Record<string, string>;
  beforeAll(async () => {
    postgres = await PostgresServer.start();
    env = { DATABASE_URL: await postgres.database(), CLAIMPRINT_JOURNAL: join(directory, 'journal') };
  });
  afterAll(async () => {
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('ends with a sentence where it is no address', async () => {
    const { code, json } = await cli(['hub', 'status', '--json'], { env: { ...env, QDRANT_URL: 'nonsense' } });
    expect([code, json.error]).toEqual([
      2,
      { code: 'BAD_REQUEST', message: 'QDRANT_URL is an address that begins with http:// or https://.' },
    ]);
  });

  it('shows the ledger all the same where nothing answers', async () => {
    const asked = { env: { ...env, QDRANT_URL: 'http://127.0.0.1:1' } };
    expect(await cli(['hub', 'status', '--json'], asked)).toMatchObject({
      code: 0,
      json: {
        ledger: 'postgres',
        index: 'qdrant',
        complete: null,
        indexProblem: expect.stringContaining('no connection'),
      },
    });
    expect((await cli(['hub', 'status'], asked)).stdout).toContain('qdrant, state unknown: The index does not answer');
  });
});
