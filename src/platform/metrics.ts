import { collectDefaultMetrics, Registry } from 'prom-client';

/**
 * A registry with what every process shows: CPU, memory, open files, garbage collection, event loop lag (`process_*`,
 * `nodejs_*`). Every metric of ours is in the README's table. The rules for them: labels come from closed sets of the
 * program, never from a client, and no tenant is a label (the log says whose request failed); names carry the unit;
 * what is counted elsewhere already is read when it is asked for, so that a request costs two additions.
 */
export function newRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Upper bounds in seconds, from a token's check to a search over a slow index. */
export const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
