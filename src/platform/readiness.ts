import { setTimeout as sleep } from 'node:timers/promises';

/** An answer to a probe. */
export interface Probe {
  readonly ok: boolean;
  /** A word for people; names no host, path or tenant. */
  readonly status: string;
}

/** How long an answer is given again: a probe is public and must not be a way to load the stores. */
const REPEATED_FOR_MS = 1_000;

/** Asks at most once a second, however often it is called, and one call at a time. */
export function seldom<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let answer: Promise<Answer> | undefined;
  let askedMs = Number.NEGATIVE_INFINITY;
  let running = false;
  return () => {
    if (!answer || (!running && performance.now() - askedMs >= REPEATED_FOR_MS)) {
      askedMs = performance.now();
      running = true;
      answer = ask().finally(() => {
        running = false;
      });
    }
    return answer;
  };
}

/** Whether the work succeeds within the time. */
export async function succeeds(work: () => Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(timeoutMs, false, { signal: timer.signal, ref: false }).catch(() => false);
  try {
    return await Promise.race([work().then(() => true), late]);
  } catch {
    return false;
  } finally {
    timer.abort();
  }
}
