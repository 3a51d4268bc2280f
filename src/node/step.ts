import type { Operation } from '../protocol/enums.js';
import type { ErrorCode } from '../protocol/errors.js';

/** A stretch of a node's work that is worth a clock. It says words of closed sets and counts: no photo, claim, name or space. */
export type Step =
  | { readonly name: 'ingest' | 'check' | 'fingerprint batch' | 'store'; readonly photos: number }
  /** `entries`: as the proof counts them. */
  | { readonly name: 'hub request'; readonly operation: Operation | 'other'; readonly entries?: number | undefined };

/**
 * Runs a step's work inside something, a clock or a span, which changes neither its result nor what it throws.
 * @param codeOf tells the code of a failure that is a result
 */
export type AroundStep = <Result>(
  step: Step,
  work: () => Promise<Result>,
  codeOf?: (result: Result) => ErrorCode | undefined,
) => Promise<Result>;

export const nothingAround: AroundStep = (_step, work) => work();

/** The first of them outermost. */
export function aroundAll(all: readonly AroundStep[]): AroundStep {
  return all.reduceRight<AroundStep>(
    (inner, outer) => (step, work, codeOf) => outer(step, () => inner(step, work, codeOf), codeOf),
    nothingAround,
  );
}
