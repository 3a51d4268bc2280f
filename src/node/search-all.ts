import { type ClaimprintError, toClaimprintError } from '../protocol/errors.js';
import { concernsAllPhotos } from './photo-report.js';
import type { SearchResult } from './search.js';

/** Searches under way at once: enough to hide the way to the hub, few enough to be a good neighbour. */
const CONCURRENCY = 4;

export type SearchOutcome = { readonly result: SearchResult } | { readonly error: ClaimprintError };

/**
 * Runs one search for each subject, in order. Once the hub proves to be out of reach, the others are not tried.
 * @param signal ends the work early: what was not asked for yet is left out
 */
export async function searchAll<Subject>(
  subjects: readonly Subject[],
  searchOne: (subject: Subject) => Promise<SearchResult>,
  onEach: (subject: Subject, outcome: SearchOutcome) => void,
  signal?: AbortSignal,
): Promise<void> {
  const queue = subjects.values();
  let broken: ClaimprintError | undefined;
  const work = async (): Promise<void> => {
    for (const subject of queue) {
      if (signal?.aborted) return;
      if (broken) onEach(subject, { error: broken });
      else {
        try {
          onEach(subject, { result: await searchOne(subject) });
        } catch (thrown) {
          const error = toClaimprintError(thrown);
          if (concernsAllPhotos(error)) broken = error;
          onEach(subject, { error });
        }
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
}
