import { intercept } from '../platform/intercept.js';
import type { OpenSpan, Tracing } from '../platform/tracing.js';
import type { Hub } from './hub.js';
import type { VectorIndex } from './index/vector-index.js';
import type { Accepted, Ledger, QueryRecord, Submission } from './ledger/ledger.js';
import type { RequestScope, WatchedRequest } from './request-watch.js';

export interface TracedHub {
  /** The same hub, with spans around its writes to the ledger and its searches of the index. */
  readonly hub: Hub;
  /** A span for every request that asks for work. */
  readonly scope: RequestScope;
}

/**
 * Spans of a hub: the request, in it the check of token and proof, the write to the ledger and the search of the index.
 * They hold operations, codes, counts, times and the request id of the log; no tenant, reference or vector.
 */
export function traceHub(hub: Hub, tracing: Tracing): TracedHub {
  const ledger = intercept(hub.ledger, ['submit', 'withdraw', 'recordQuery'], (name, call, args) =>
    tracing.around(`ledger ${name}`, async (span) => {
      const result = await call();
      span.note(ofWrite(name as WriteName, args[0], result));
      return result;
    }),
  );
  const index = intercept(hub.index, ['search'], (_name, call) =>
    tracing.around('index search', async (span) => {
      const result = await call();
      const hits = (result as Awaited<ReturnType<VectorIndex['search']>>).flat().length;
      span.note({ hits });
      return result;
    }),
  );
  return { hub: Object.assign(Object.create(hub) as Hub, { ledger, index }), scope: requestSpans(tracing) };
}

type WriteName = keyof Pick<Ledger, 'submit' | 'withdraw' | 'recordQuery'>;

function ofWrite(name: WriteName, argument: unknown, result: unknown) {
  if (name === 'submit') return { entries: (argument as Submission).entries.length };
  if (name === 'withdraw') return { entries: (result as Accepted).affected };
  const { results, complete } = argument as QueryRecord;
  return { results, complete };
}

function requestSpans(tracing: Tracing): RequestScope {
  const spans = new WeakMap<WatchedRequest, OpenSpan>();
  return {
    enter(request, next) {
      const { startedMs } = request;
      const span = tracing.begin('request', { kind: 'server', startedMs });
      spans.set(request, span);
      tracing.within(span, next);
    },
    leave(request, { id, operation, guarded, status, code }) {
      const span = spans.get(request);
      if (!span) return;
      if (guarded) {
        const check = tracing.begin('verify', { parent: span, startedMs: guarded.startedMs });
        check.end(guarded.passed ? undefined : 'UNAUTHENTICATED', guarded.endedMs);
      }
      // The operation is known, and no client's word, since the proof was verified.
      span.rename(operation);
      span.note({ operation, status, request: id });
      span.end(code);
    },
  };
}
