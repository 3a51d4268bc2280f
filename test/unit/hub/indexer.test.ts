import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openHub } from '../../../src/hub/hub.js';
import { startHubServer } from '../../../src/hub/server.js';
import { submitEmbeddings } from '../../../src/hub/submit.js';
import { submissionDigest } from '../../../src/protocol/digest.js';
import { parseTenantId, uuidV7 } from '../../../src/protocol/ids.js';
import { direction, leaf, quiet, SPACE } from '../../e2e/hub/test-hub.js';

const ENTRIES = 20_000;
const BATCH = 500;
/** There is one after each submission of {@link BATCH}; in one go there would be a turn or two in all. */
const FEWEST_TURNS = 20;

it('a rebuild of the index leaves the process answering', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'claimprint-indexer-'));
  const open = () => openHub({ dataDirectory: directory }, { configuration: {}, logger: quiet });
  const tenant = parseTenantId('insurer-a');
  const vector = direction('one for all');
  const filled = await open();
  for (let first = 0; first < ENTRIES; first += BATCH) {
    const leaves = Array.from({ length: BATCH }, (_, i) => leaf(`rebuilt ${first + i}`, { vector }));
    const digest = submissionDigest(leaves);
    const claims = { tenant, node: 'node-1', jti: uuidV7(), count: BATCH, space: SPACE, digest };
    const proof = { ...claims, operation: 'submitEmbeddings' } as const;
    await submitEmbeddings(filled, { tenant, scopes: new Set(['submit']), proof }, { space: SPACE, leaves });
  }
  await filled.close();

  const hub = await open();
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const server = await startHubServer(hub, { host: '127.0.0.1', port: 0 });
  try {
    const health = await fetch(`${server.address}/healthz`);
    expect([health.status, hub.indexer.complete]).toEqual([200, false]);
    expect(await hub.indexer.waitUntil(hub.ledger.lastHead.size, 60_000)).toBe(true);
    expect((await hub.index.status()).entries).toBe(ENTRIES);
    expect(turns).toBeGreaterThan(FEWEST_TURNS);
  } finally {
    clearInterval(timer);
    await server.close();
    await hub.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
