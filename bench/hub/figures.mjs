import { readFileSync } from 'node:fs';

export function percentiles(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share) => round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

export function round(x, digits = 2) {
  return x === undefined ? undefined : Number(x.toFixed(digits));
}

/** Works the items off in parallel streams; returns each item's milliseconds. */
export async function inStreams(streams, items, work) {
  const times = [];
  const queue = items.values();
  const stream = async () => {
    for (const item of queue) {
      const startedAt = performance.now();
      await work(item);
      times.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: streams }, stream));
  return times;
}

/** Milliseconds that the work takes. */
export async function timed(work) {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** What Linux says about a process: CPU time so far and resident memory, of which the anonymous part is its own. */
export function processUsage(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name) => Number(status.match(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm'))?.[1] ?? 0) * 1024;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const TICK_MS = 10;
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    rssBytes: bytes('VmRSS'),
    anonymousBytes: bytes('RssAnon'),
    peakBytes: bytes('VmHWM'),
  };
}
