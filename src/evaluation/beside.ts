import { ClaimprintError } from '../protocol/errors.js';
import { columns } from './columns.js';
import { type Evaluation, evaluatePairs } from './evaluate.js';
import { judgePairs } from './judged-pairs.js';
import type { ScoredFolders } from './score-folders.js';
import { readScores } from './scores-file.js';
import type { TruthLine } from './truth.js';

/** A method and how it ranks pairs. */
export type RankedMethod = { readonly method: string } & Pick<Evaluation, 'ranking' | 'edits'>;

/**
 * Measures another method's scores on the very pairs that were scored already.
 * @param text lines of query, reference and score or distance
 * @param truth the whole of it, of photos that are left out too
 * @throws BAD_REQUEST naming the line
 */
export function rankBeside(
  method: string,
  text: string,
  truth: readonly TruthLine[],
  { references, sameAs, leftOut, truth: counted }: ScoredFolders,
): RankedMethod {
  const matrix = named(method, () => readScores({ text, truth, references, leftOut }));
  const { ranking, edits } = evaluatePairs(judgePairs(matrix, counted, 0, sameAs), undefined);
  return { method, ranking, edits };
}

/** Says in an error whose scores it is about. */
function named<Result>(method: string, read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof ClaimprintError)) throw cause;
    throw new ClaimprintError(cause.code, `${method}: ${cause.message}`, { cause });
  }
}

/** Methods beside one another: rankings first, then what each finds of every edit without a false hit. */
export function formatBeside(methods: readonly RankedMethod[]): string {
  const share = (value: number | null): string => (value === null ? '—' : `${(100 * value).toFixed(1)} %`);
  const rankings = methods.map(({ method, ranking }) => [
    method,
    ranking.microAveragePrecision?.toFixed(4) ?? '—',
    share(ranking.recallAtPrecision90.recall),
    share(ranking.recallAtPrecision99.recall),
    share(ranking.recallAtZeroFalseHits.recall),
    share(ranking.accuracyAtOne.trials === 0 ? null : ranking.accuracyAtOne.rate),
  ]);
  const edits = (methods[0]?.edits ?? []).map(({ edit }) => [
    edit,
    ...methods.map((other) => share(other.edits.find((row) => row.edit === edit)?.atZeroFalseHits.rate ?? null)),
  ]);
  return [
    columns(['method', 'µAP', 'recall at P90', 'at P99', 'at 0 false hits', 'accuracy@1'], rankings),
    ...(edits.length > 0 ? [columns(['at 0 false hits', ...methods.map(({ method }) => method)], edits)] : []),
  ].join('\n\n');
}
