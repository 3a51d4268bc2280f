import { randomBytes } from 'node:crypto';
import type { Scope } from '../protocol/enums.js';
import { ClaimprintError } from '../protocol/errors.js';
import { REFERENCE_BYTES } from '../protocol/leaf.js';
import { maxMatches } from '../protocol/limits.js';
import { type CheckReport, checkReport, type PhotoReport } from './check-report.js';
import { claimReports } from './claim-reports.js';
import { fingerprintInputs } from './fingerprint-inputs.js';
import type { PhotoInput } from './intake/photo-source.js';
import type { Node } from './node.js';
import {
  errorReport,
  flatReport,
  incompleteReport,
  type ReportedPhoto,
  searchedReport,
  unansweredReport,
} from './photo-report.js';
import { countPhotos, type OnProgress } from './progress.js';
import { type LeafContent, sealedQuery } from './sealed-leaf.js';
import { searchAll } from './search-all.js';
import { searchSpaces } from './search-spaces.js';
import { isVerifiable, type VerifiedPhoto, verifyMatches } from './verify-matches.js';

export interface CheckRequest {
  readonly photos: readonly PhotoInput[];
  readonly scope: Scope;
  /** Matches per photo, 1 to {@link maxMatches}. */
  readonly limit: number;
  /** Own entries below the REVIEW threshold too, and the score of each. */
  readonly allScores?: boolean | undefined;
  /** By tiles of each photo too, so that one which shows an entry only in a part of it is found. */
  readonly deep?: boolean | undefined;
}

/** Photos whose vectors, of about 25 kB, are held until they are searched for, together. */
const MAX_IN_MEMORY = 256;

/** A photo that is to be searched for. */
type Subject = ReportedPhoto & VerifiedPhoto & { readonly index: number; readonly leaf: LeafContent };

export interface RunOptions {
  readonly onProgress?: OnProgress;
  /** Ends the work early; its result is then not wanted any more. */
  readonly signal?: AbortSignal;
}

/**
 * Looks for duplicates of photos and keeps nothing of them: neither here, beyond what other insurers' entries were shown
 * for them, nor, beyond the record of the query, at the hub.
 * Where one's own entries are searched, the outbox is sent first.
 * @throws BAD_REQUEST; MODEL_MISSING, MODEL_MISMATCH
 */
export function check(node: Node, request: CheckRequest, options: RunOptions = {}): Promise<CheckReport> {
  const step = { name: 'check', photos: request.photos.length } as const;
  return node.around(step, () => checkAll(node, request, options));
}

async function checkAll(node: Node, request: CheckRequest, options: RunOptions): Promise<CheckReport> {
  const { scope, limit, allScores, deep = false } = request;
  const most = maxMatches(allScores);
  if (!Number.isInteger(limit) || limit < 1 || limit > most) {
    const name = allScores ? 'The number of matches with all scores' : 'The number of matches';
    throw new ClaimprintError('BAD_REQUEST', `${name} is 1 to ${most}.`);
  }
  if (allScores && scope === 'OTHERS') {
    throw new ClaimprintError('BAD_REQUEST', 'All scores are there of own entries only: search own, or all.');
  }
  const { onProgress = () => undefined, signal } = options;
  node.seals.requireStatistics();
  const inputs = request.photos.map((photo, index) => ({ ...photo, index }));
  const reports = new Array<PhotoReport>(inputs.length);
  const count = countPhotos('fingerprint', inputs.length, onProgress);
  const search = (photos: readonly Subject[]): Promise<void> => {
    const countSearch = countPhotos('search', photos.length, onProgress);
    return searchFor(node, photos, request, signal, (index, photo) => {
      reports[index] = photo;
      countSearch();
    });
  };
  const parts = deep ? { tiles: true } : undefined;
  let subjects: Subject[] = [];
  for await (const { input, error, ...photo } of fingerprintInputs(inputs, node, { signal, parts })) {
    const { path, index, read } = input;
    count();
    if (error) reports[index] = errorReport({ path }, error);
    else if ('fingerprint' in photo) {
      const { content, fingerprint } = photo;
      const { flat, tiles } = fingerprint;
      if (flat) {
        reports[index] = flatReport({ path });
        continue;
      }
      // A reference that stands for nothing: checking the same photo twice leaves nothing to link.
      const ref = randomBytes(REFERENCE_BYTES);
      const leaf = { ref, lineOfBusiness: 'UNSPECIFIED', fingerprint, addedAtMs: node.nowMs(), tiles } as const;
      subjects.push({ path, index, leaf, content, read, tiles: tiles?.length });
    }
    if (subjects.length < MAX_IN_MEMORY) continue;
    await search(subjects);
    subjects = [];
  }
  await search(subjects);
  // Where the work was ended early, photos are missing.
  const given = reports.flat();
  const claims = claimReports(given.map((report) => ({ claim: null, report })));
  return { ...checkReport(given, scope, claims), ...(deep && { deep }) };
}

async function searchFor(
  node: Node,
  subjects: readonly Subject[],
  { scope, limit, allScores }: CheckRequest,
  signal: AbortSignal | undefined,
  report: (index: number, photo: PhotoReport) => void,
): Promise<void> {
  if (subjects.length === 0 || signal?.aborted) return;
  // What the hub does not have yet it cannot find, so nothing of one's own may wait while one's own is searched.
  const waiting = scope === 'OTHERS' ? undefined : (await node.outbox.deliver()).error;
  const verifiable: [Subject, PhotoReport][] = [];
  await searchAll(
    subjects,
    ({ leaf, content }) =>
      searchSpaces((seal) => sealedQuery(leaf, seal.sealer()), { scope, limit, content, allScores }, node),
    (subject, outcome) => {
      const { index } = subject;
      if ('error' in outcome) return report(index, unansweredReport(subject, outcome.error));
      const found = waiting
        ? incompleteReport(subject, outcome.result, waiting)
        : searchedReport(subject, outcome.result);
      if (found.matches.some(isVerifiable)) verifiable.push([subject, found]);
      else report(index, found);
    },
    signal,
  );
  await verifyMatches(node, verifiable, signal, ({ index }, found) => report(index, found));
}
