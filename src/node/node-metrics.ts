import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { LATENCY_BUCKETS, newRegistry } from '../platform/metrics.js';
import type { Operations } from '../platform/operations-server.js';
import { seldom, succeeds } from '../platform/readiness.js';
import { toClaimprintError } from '../protocol/errors.js';
import { timeOfUuidV7 } from '../protocol/ids.js';
import type { Node } from './node.js';
import type { AroundStep } from './step.js';

/** How long the store may take to answer a probe. */
const PATIENCE_MS = 2_000;

export interface NodeMetrics {
  /** Counts what the node does. */
  readonly around: AroundStep;
  /** What is shown of the node once it is open. */
  operationsOf(node: Node): Operations;
}

/** What a node shows of itself to Prometheus; the README says what each name means. */
export function nodeMetrics(): NodeMetrics {
  const registry = newRegistry();
  return {
    around: countSteps([registry]),
    operationsOf(node) {
      gauges(node, [registry]);
      const ready = seldom(async () => {
        const ok = await succeeds(() => node.store.outbox.waiting(), PATIENCE_MS);
        return { ok, status: ok ? 'ready' : 'the store does not answer' };
      });
      return {
        metrics: () => registry.metrics(),
        contentType: registry.contentType,
        alive: async () => ({ ok: true, status: 'ok' }),
        ready,
      };
    },
  };
}

function countSteps(registers: Registry[]): AroundStep {
  const requests = new Counter({
    name: 'claimprint_node_hub_requests_total',
    help: 'Requests to the hub, by operation and code; OK if it did what was asked',
    labelNames: ['operation', 'code'],
    registers,
  });
  const batches = new Histogram({
    name: 'claimprint_node_model_batch_seconds',
    help: 'Time of the model for one batch of photos',
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const photos = new Counter({
    name: 'claimprint_node_photos_fingerprinted_total',
    help: 'Photos that the model has computed',
    registers,
  });
  const ingested = new Counter({
    name: 'claimprint_node_photos_ingested_total',
    help: 'Photos put into store and outbox, those that were there before among them',
    registers,
  });
  return async (step, work, codeOf) => {
    const startedMs = performance.now();
    try {
      const result = await work();
      if (step.name === 'fingerprint batch') {
        batches.observe((performance.now() - startedMs) / 1000);
        photos.inc(step.photos);
      }
      if (step.name === 'store') ingested.inc(step.photos);
      if (step.name === 'hub request') requests.inc({ operation: step.operation, code: codeOf?.(result) ?? 'OK' });
      return result;
    } catch (error) {
      if (step.name === 'hub request') {
        requests.inc({ operation: step.operation, code: toClaimprintError(error).code });
      }
      throw error;
    }
  };
}

/** Read from the store when they are asked for. */
function gauges({ store, nowMs }: Node, registers: Registry[]): void {
  new Gauge({
    name: 'claimprint_node_photos',
    help: 'Photos in the store, by state',
    labelNames: ['state'],
    registers,
    async collect() {
      const counts = await store.photos.countByState().catch(() => undefined);
      this.reset();
      for (const [state, photos] of Object.entries(counts ?? {})) this.set({ state }, photos);
    },
  });
  new Gauge({
    name: 'claimprint_node_outbox_requests',
    help: 'Requests that wait for the hub',
    registers,
    async collect() {
      // A store that is away must not take the other metrics with it: its own then have no value.
      this.set(await store.outbox.waiting().catch(() => Number.NaN));
    },
  });
  new Gauge({
    name: 'claimprint_node_outbox_oldest_seconds',
    help: 'Age of the oldest of them; 0 if none waits',
    registers,
    async collect() {
      const ageMs = async () => {
        const jti = await store.outbox.oldestJti();
        return jti === undefined ? 0 : Math.max(nowMs() - timeOfUuidV7(jti), 0);
      };
      this.set((await ageMs().catch(() => Number.NaN)) / 1000);
    },
  });
}
