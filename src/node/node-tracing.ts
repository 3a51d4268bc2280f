import type { Tracing } from '../platform/tracing.js';
import { toClaimprintError } from '../protocol/errors.js';
import type { AroundStep } from './step.js';

/** A span for every step of a node's work. What is sent to the hub says nothing of it. */
export function traceSteps(tracing: Tracing): AroundStep {
  return async (step, work, codeOf) => {
    const isRequest = step.name === 'hub request';
    const span = tracing.begin(isRequest ? step.operation : step.name, isRequest ? { kind: 'client' } : {});
    span.note(isRequest ? { operation: step.operation, entries: step.entries } : { photos: step.photos });
    try {
      const result = await tracing.within(span, work);
      span.end(codeOf?.(result));
      return result;
    } catch (error) {
      span.end(toClaimprintError(error).code);
      throw error;
    }
  };
}
