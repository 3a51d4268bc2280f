import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/hub/caller.js';
import { findDuplicates } from '../../../src/hub/find-duplicates.js';
import { type Hub, openHub } from '../../../src/hub/hub.js';
import { ExactIndex } from '../../../src/hub/index/exact.js';
import { Indexer } from '../../../src/hub/index/indexer.js';
import type { Hit, VectorSearch } from '../../../src/hub/index/vector-index.js';
import { submitEmbeddings } from '../../../src/hub/submit.js';
import { withdrawEntries } from '../../../src/hub/withdraw.js';
import { type FindArguments, findDigest, submissionDigest, withdrawDigest } from '../../../src/protocol/digest.js';
import type { Operation } from '../../../src/protocol/enums.js';
import { parseTenantId, uuidV7 } from '../../../src/protocol/ids.js';
import { generatePrivateJwk, toPublicJwk } from '../../../src/protocol/keys.js';
import { direction, leaf, near, quiet, ref, SPACE } from '../../e2e/hub/test-hub.js';

/** The exact index, with something happening between a search in it and what is made of the hits. */
class InterruptedIndex extends ExactIndex {
  afterSearch: () => Promise<unknown> = async () => undefined;

  override async search(searches: readonly VectorSearch[]): Promise<Hit[][]> {
    const hits = await super.search(searches);
    await this.afterSearch();
    return hits;
  }
}

let directory: string;
let hub: Hub;
let index: InterruptedIndex;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'claimprint-find-'));
  const opened = await openHub(
    { dataDirectory: directory },
    {
      configuration: {},
      logger: quiet,
    },
  );
  index = new InterruptedIndex();
  const indexer = new Indexer({ ...opened, index });
  indexer.start();
  hub = { ...opened, index, indexer };
});
afterEach(async () => {
  await hub.indexer.close();
  await hub.ledger.close();
  rmSync(directory, { recursive: true, force: true });
});

function caller(name: string, operation: Operation, digest: Uint8Array, count = 1, space: string = SPACE): Caller {
  const tenant = parseTenantId(name);
  const proof = { tenant, node: 'node-1', operation, jti: uuidV7(), count, space, digest: Buffer.from(digest) };
  return { tenant, scopes: new Set(['submit', 'find', 'withdraw']), proof };
}

const vector = direction('sought');

async function submit(tenant: string, cosines: readonly number[]): Promise<void> {
  const leaves = cosines.map((cosine) => leaf(`${tenant} ${cosine}`, { vector: near(vector, cosine) }));
  const from = caller(tenant, 'submitEmbeddings', submissionDigest(leaves), leaves.length);
  await submitEmbeddings(hub, from, { space: SPACE, leaves });
}

function withdraw(tenant: string, cosines: readonly number[]) {
  const target = { references: cosines.map((cosine) => ref(`${tenant} ${cosine}`)) };
  const from = caller(tenant, 'withdrawEntries', withdrawDigest(target, undefined), cosines.length, '');
  return withdrawEntries(hub, from, { target, space: undefined });
}

function find() {
  const args: FindArguments = {
    space: SPACE,
    leaf: leaf('q', { vector }),
    scope: 'ALL',
    limit: 1,
    linesOfBusiness: [],
    purpose: 'CLAIM_CHECK',
  };
  return findDuplicates(hub, caller('insurer-v', 'findDuplicates', findDigest(args)), args);
}

describe('entries withdrawn in the middle of a search', () => {
  it('leave their places to others', async () => {
    await submit('insurer-a', [0.99, 0.98]);
    await submit('insurer-b', [0.97]);
    index.afterSearch = async () => {
      index.afterSearch = async () => undefined;
      await withdraw('insurer-a', [0.99, 0.98]);
    };
    const { matches, complete } = await find();
    expect([matches.length, complete]).toEqual([1, true]);
  });

  it('make the answer incomplete if that happens again and again', async () => {
    await submit('insurer-a', [0.99, 0.98, 0.97, 0.96]);
    await submit('insurer-b', [0.95]);
    const rounds = [
      [0.99, 0.98],
      [0.97, 0.96],
    ];
    index.afterSearch = async () => withdraw('insurer-a', rounds.shift()!);
    expect(await find()).toMatchObject({ matches: [], complete: false });
    expect(rounds).toEqual([]);
  });

  it('leave an answer that was not full complete', async () => {
    await submit('insurer-a', [0.99]);
    index.afterSearch = async () => withdraw('insurer-a', [0.99]);
    expect(await find()).toMatchObject({ matches: [], complete: true });
  });
});

describe('a tenant that is hidden in the middle of a search', () => {
  it('is not given out, and leaves its places to others', async () => {
    for (const id of ['insurer-a', 'insurer-b']) {
      await hub.tenants.add(id, toPublicJwk(await generatePrivateJwk()), 1);
    }
    await submit('insurer-a', [0.99, 0.98]);
    await submit('insurer-b', [0.97]);
    index.afterSearch = async () => {
      index.afterSearch = async () => undefined;
      await hub.registry.quarantineTenant('insurer-a', true, 2);
    };
    const { matches, complete } = await find();
    expect([matches.length, complete]).toEqual([1, true]);
    await hub.registry.quarantineTenant('insurer-a', false, 3);
    await hub.tenants.refresh();
    expect((await find()).truncated).toBe(true);
    index.afterSearch = async () => {
      index.afterSearch = async () => undefined;
      await hub.registry.leaveTenant('insurer-a', 4);
    };
    expect((await find()).matches).toHaveLength(1);
  });
});
