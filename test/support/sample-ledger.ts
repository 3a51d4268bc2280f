import { hubCommands } from '../../src/hub/commands.js';
import { findDuplicates } from '../../src/hub/find-duplicates.js';
import type { Hub } from '../../src/hub/hub.js';
import { submitEmbeddings } from '../../src/hub/submit.js';
import { withdrawEntries } from '../../src/hub/withdraw.js';
import { findDigest, submissionDigest, type WithdrawTarget, withdrawDigest } from '../../src/protocol/digest.js';
import type { Operation } from '../../src/protocol/enums.js';
import { parseTenantId, uuidV7 } from '../../src/protocol/ids.js';
import { generatePrivateJwk, toPublicJwk } from '../../src/protocol/keys.js';
import { leaf, ref, SPACE } from '../e2e/hub/test-hub.js';

const NODE = '3f0c9b1e-2f64-4f2e-8f0a-b4b0f2a4c111';

function callerOf(name: string, operation: Operation, digest: Buffer, count: number, space: string = SPACE) {
  const tenant = parseTenantId(name);
  const proof = { tenant, node: NODE, operation, jti: uuidV7(), count, space: space as typeof SPACE, digest };
  return { tenant, scopes: new Set(['submit', 'find', 'withdraw'] as const), proof };
}

export async function addTenant(hub: Hub, tenant: string): Promise<void> {
  await hubCommands.tenantAdd(hub, { tenant, jwk: toPublicJwk(await generatePrivateJwk()) });
}

export function submit(hub: Hub, tenant: string, leaves: readonly Buffer[]) {
  const caller = callerOf(tenant, 'submitEmbeddings', submissionDigest(leaves), leaves.length);
  return submitEmbeddings(hub, caller, { space: SPACE, leaves });
}

export function withdraw(hub: Hub, tenant: string, target: WithdrawTarget, space?: string) {
  const count = 'references' in target ? target.references.length : 0;
  const caller = callerOf(tenant, 'withdrawEntries', withdrawDigest(target, space), count, space ?? '');
  return withdrawEntries(hub, caller, { target, space });
}

export async function query(hub: Hub, tenant: string): Promise<void> {
  const args = { space: SPACE, scope: 'ALL', limit: 10, linesOfBusiness: [], purpose: 'CLAIM_CHECK' } as const;
  const digest = findDigest({ ...args, reference: ref('any') });
  const { proof } = callerOf(tenant, 'findDuplicates', digest, 1);
  await hub.ledger.recordQuery({ proof, purpose: 'CLAIM_CHECK', results: 2, complete: true, timeMs: hub.now() });
}

/** Searches for copies of a leaf, by the hub's own clock. @returns the number of matches once all was searched */
export async function find(hub: Hub, tenant: string, sent: Buffer): Promise<number> {
  for (;;) {
    const args = { space: SPACE, scope: 'ALL', limit: 10, linesOfBusiness: [], purpose: 'CLAIM_CHECK' } as const;
    const caller = callerOf(tenant, 'findDuplicates', findDigest({ ...args, leaf: sent }), 1);
    const { matches, complete } = await findDuplicates(hub, caller, { ...args, leaf: sent });
    if (complete) return matches.length;
  }
}

/** Brings every kind of record into a hub. @returns by what they are, the positions of its records */
export async function fillSample(hub: Hub) {
  await addTenant(hub, 'insurer-a');
  await addTenant(hub, 'insurer-b');
  const again = leaf('again');
  const first = await submit(hub, 'insurer-a', [again, ...['a1', 'a2', 'a3', 'a4'].map((name) => leaf(name))]);
  const second = await submit(hub, 'insurer-b', [
    leaf('b1', { lineOfBusiness: 'PROPERTY', offset: -1234 }),
    leaf('b2'),
  ]);
  await query(hub, 'insurer-b');
  const one = await withdraw(hub, 'insurer-a', { references: [ref('a1'), ref('never there')] });
  const claim = await withdraw(hub, 'insurer-a', { claimReference: ref('claim of a2') });
  const repeated = await submit(hub, 'insurer-a', [again, leaf('a5', { month: '2026-03' })]);
  await hubCommands.tenantRevoke(hub, { tenant: 'insurer-b' });
  return { first, second, one, claim, repeated };
}
