import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hubCommands } from '../../src/hub/commands.js';
import { direction, errorCode, leaf, near, ref, runHub, type TestNode } from '../e2e/hub/test-hub.js';
import { report, scaled } from './support/scale.js';

const TENANTS = ['insurer-a', 'insurer-b', 'insurer-c', 'insurer-d', 'insurer-e'] as const;
/** Hubs, each with a random sequence of operations. */
const SEQUENCES = scaled(12, 380);
/** Photos that look alike: all within a cosine of one another that makes a match. */
const PHOTOS = Array.from({ length: 5 }, (_, i) => near(direction('scene'), 0.97, `photo ${i}`));
const MONTHS = ['2026-01', '2026-02', '2026-03'] as const;

const tenant = fc.constantFrom(...TENANTS);
const name = fc.nat({ max: 5 });
const operation = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('submit' as const),
      tenant,
      name,
      photo: fc.nat({ max: 4 }),
      month: fc.constantFrom(...MONTHS),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('withdraw' as const), tenant, name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('quarantine' as const), tenant, name, lift: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), tenant, name }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('find' as const),
      tenant,
      name,
      scope: fc.constantFrom('OWN' as const, 'OTHERS' as const, 'ALL' as const),
      from: fc.constantFrom(...MONTHS),
    }),
  },
);

interface ModelEntry {
  readonly tenant: string;
  readonly name: number;
  readonly month: string;
}

describe('R8: tenants', () => {
  it('see what a plain model says and nothing of each other beyond it', async () => {
    let done = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 15, maxLength: 40 }), async (operations) => {
        const running = await runHub();
        try {
          const nodes = new Map<string, TestNode>();
          for (const each of TENANTS) nodes.set(each, await running.tenant(each));
          const model = new Map<string, ModelEntry>();
          const quarantined = new Set<string>();
          const claimOf = (entryName: number) => ref(`claim ${entryName % 2}`);
          for (const step of operations) {
            done++;
            const node = nodes.get(step.tenant)!;
            const key = `${step.tenant}/${step.name}`;
            // Every tenant uses the same references: a copied reference must join nothing.
            const reference = ref(`entry ${step.name}`);
            if (step.do === 'quarantine') {
              await hubCommands.tenantQuarantine(running.hub, { tenant: step.tenant, lift: step.lift });
              if (step.lift) quarantined.delete(step.tenant);
              else quarantined.add(step.tenant);
            } else if (step.do === 'leave') {
              const own = [...model.keys()].filter((each) => each.startsWith(`${step.tenant}/`));
              const args = { tenant: step.tenant, yes: true };
              const { signal } = new AbortController();
              const { erased } = await hubCommands.tenantLeave(running.hub, args, () => undefined, signal);
              expect(erased).toBe(own.length);
              expect((await node.requestToken()).status).toBe(401);
              for (const each of own) model.delete(each);
              quarantined.delete(step.tenant);
              // It comes back with nothing, under a new key.
              nodes.set(step.tenant, await running.tenant(step.tenant));
            } else if (quarantined.has(step.tenant) && step.do !== 'withdraw') {
              const answer =
                step.do === 'submit' ? await node.submit([leaf(`${step.name}`)]) : await node.find({ reference });
              expect([answer.status, errorCode(answer)]).toEqual([403, 'TENANT_QUARANTINED']);
            } else if (step.do === 'submit') {
              const bytes = leaf('', {
                ref: reference,
                claimRef: claimOf(step.name),
                vector: PHOTOS[step.photo]!,
                month: step.month,
              });
              const answer = await node.submit([bytes]);
              expect(errorCode(answer)).toBe(model.has(key) ? 'REFERENCE_CONFLICT' : undefined);
              if (!model.has(key)) model.set(key, { tenant: step.tenant, name: step.name, month: step.month });
            } else if (step.do === 'withdraw') {
              const { body } = await node.withdraw({ references: [reference] });
              expect(body.data.withdrawEntries.withdrawn).toBe(model.delete(key) ? 1 : 0);
            } else {
              const answer = await node.find({ reference, scope: step.scope, seenFrom: step.from, limit: 100 });
              if (!model.has(key)) {
                expect(errorCode(answer)).toBe('NOT_FOUND');
                continue;
              }
              const expected = [...model.values()].filter((entry) => {
                if (entry.month < step.from || quarantined.has(entry.tenant)) return false;
                if (entry.tenant !== step.tenant) return step.scope !== 'OWN';
                return step.scope !== 'OTHERS' && entry.name % 2 !== step.name % 2;
              });
              const { matches, truncated } = answer.body.data.findDuplicates;
              const own = expected.filter((entry) => entry.tenant === step.tenant);
              const others = expected.filter((entry) => entry.tenant !== step.tenant);
              expect(matches.filter(({ scope }: { scope: string }) => scope === 'OWN')).toHaveLength(own.length);
              expect(matches.filter(({ scope }: { scope: string }) => scope === 'OTHER')).toHaveLength(
                Math.min(10, others.length),
              );
              expect(truncated).toBe(others.length > 10);
              for (const other of TENANTS) if (other !== step.tenant) expect(answer.text).not.toContain(other);
              for (const match of matches) {
                expect(match.similarity === null).toBe(match.scope === 'OTHER');
                if (match.scope === 'OTHER') expect(match.entry.tenant).toMatch(/^member-[0-9a-f]{12}$/);
              }
            }
          }
        } finally {
          await running.stop();
        }
      }),
      { numRuns: SEQUENCES, seed: 20261121 },
    );
    report('R8', { tenants: TENANTS.length, operations: done, 'foreign fields seen': 0 });
  });
});
