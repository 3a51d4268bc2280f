import { randomBytes } from 'node:crypto';
import type { Scope } from '../protocol/enums.js';
import { ClaimprintError } from '../protocol/errors.js';
import { REFERENCE_BYTES } from '../protocol/leaf.js';
import { LIMITS } from '../protocol/limits.js';
import { type CheckReport, checkReport, type PhotoReport } from './check-report.js';
import { fingerprintInputs } from './fingerprint-inputs.js';
import type { PhotoInput } from './intake/photo-source.js';
import type { Node } from './node.js';
import { errorReport, incompleteReport, type ReportedPhoto, searchedReport, unansweredReport } from './photo-report.js';
import { countPhotos, type OnProgress } from './progress.js';
import { type LeafContent, sealedQuery } from './sealed-leaf.js';
import { searchAll } from './search-all.js';
import { searchSpaces } from './search-spaces.js';

export interface CheckRequest {
  readonly photos: readonly PhotoInput[];
  readonly scope: Scope;
  /** Matches per photo, 1 to {@link LIMITS.maxMatches}. */
  readonly limit: number;
  /** Own entries below the REVIEW threshold too, and the score of each. */
  readonly allScores?: boolean | undefined;
  /** By tiles of each photo too, so that one which shows an entry only in a part of it is found. */
  readonly deep?: boolean | undefined;
}

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
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMITS.maxMatches) {
    throw new ClaimprintError('BAD_REQUEST', `The number of matches is 1 to ${LIMITS.maxMatches}.`);
  }
  if (allScores && scope === 'OTHERS') {
    throw new ClaimprintError('BAD_REQUEST', 'All scores are there of own entries only: search own, or all.');
  }
  const { onProgress = () => undefined, signal } = options;
  const inputs = request.photos.map((photo, index) => ({ ...photo, index }));
  const reports = new Array<PhotoReport>(inputs.length);
  const subjects: (ReportedPhoto & { index: number; leaf: LeafContent; content: Buffer })[] = [];
  const parts = deep ? { tiles: true } : undefined;
  const count = countPhotos('fingerprint', inputs.length, onProgress);
  for await (const { input, error, ...photo } of fingerprintInputs(inputs, node, { signal, parts })) {
    const { path, index } = input;
    if (error) reports[index] = errorReport({ path }, error);
    else if ('fingerprint' in photo) {
      const { content } = photo;
      const { fingerprint } = photo;
      const { flat, tiles } = fingerprint;
      // A reference that stands for nothing: checking the same photo twice leaves nothing to link.
      const ref = randomBytes(REFERENCE_BYTES);
      const leaf = { ref, lineOfBusiness: 'UNSPECIFIED', fingerprint, addedAtMs: node.nowMs(), tiles } as const;
      subjects.push({ path, index, flat, leaf, content, tiles: tiles?.length });
    }
    count();
  }
  // What the hub does not have yet it cannot find, so nothing of one's own may wait while one's own is searched.
  const waiting = scope === 'OTHERS' ? undefined : (await node.outbox.deliver()).error;
  const countSearches = countPhotos('search', subjects.length, onProgress);
  await searchAll(
    signal?.aborted ? [] : subjects,
    ({ leaf, content }) =>
      searchSpaces((seal) => sealedQuery(leaf, seal.sealer()), { scope, limit, content, allScores }, node),
    (subject, outcome) => {
      if ('error' in outcome) reports[subject.index] = unansweredReport(subject, outcome.error);
      else if (waiting) reports[subject.index] = incompleteReport(subject, outcome.result, waiting);
      else reports[subject.index] = searchedReport(subject, outcome.result);
      countSearches();
    },
  );
  return { ...checkReport(reports), ...(deep && { deep }) };
}
