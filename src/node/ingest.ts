import type { LineOfBusiness, Scope } from '../protocol/enums.js';
import { ClaimprintError, type ErrorCode, toClaimprintError } from '../protocol/errors.js';
import type { RunOptions } from './check.js';
import { type CheckReport, checkReport, type PhotoReport } from './check-report.js';
import { claimReports } from './claim-reports.js';
import { type FingerprintedInput, fingerprintInputs } from './fingerprint-inputs.js';
import { IngestBatch, type IngestedPhoto } from './ingest-batch.js';
import type { ClaimOf } from './intake/claims.js';
import type { PhotoInput } from './intake/photo-source.js';
import type { Node } from './node.js';
import { presentRows, subjectIn } from './photo-in-spaces.js';
import {
  errorReport,
  flatReport,
  queuedReport,
  type ReportedPhoto,
  refusalError,
  searchedReport,
  unansweredReport,
  uncheckedReport,
} from './photo-report.js';
import { countPhotos, type OnProgress } from './progress.js';
import { type SearchOutcome, searchAll } from './search-all.js';
import { searchSpaces } from './search-spaces.js';
import type { PhotoRow } from './store/tables.js';

const SCOPE: Scope = 'ALL';
const MATCHES_PER_PHOTO = 10;
/** Photos whose state is read from the store by one query. */
const READ_AT_ONCE = 64;

export interface IngestRequest {
  readonly photos: readonly PhotoInput[];
  readonly claimOf: ClaimOf;
  readonly lineOfBusiness: LineOfBusiness;
  /** Whether to look for duplicates once the photos are in. */
  readonly check: boolean;
}

/** A photo with its place in the report, its claim, and, once it is in the store, what it is there. */
interface Item extends PhotoInput {
  readonly index: number;
  readonly claim: string;
  /** SHA-256 of the file. */
  content?: Buffer;
  stored?: IngestedPhoto;
  renewed?: boolean;
}

/**
 * Adds photos to claims, submits their sealed embeddings and, once they are searchable, looks for duplicates outside
 * their own claim. What cannot be sent waits in the outbox; a bad photo gives its error and the rest goes on.
 * @throws MODEL_MISSING, MODEL_MISMATCH
 */
export function ingest(node: Node, request: IngestRequest, options: RunOptions = {}): Promise<CheckReport> {
  const step = { name: 'ingest', photos: request.photos.length } as const;
  return node.around(step, () => ingestAll(node, request, options));
}

async function ingestAll(node: Node, request: IngestRequest, options: RunOptions): Promise<CheckReport> {
  const { onProgress = () => undefined, signal } = options;
  node.seals.requireStatistics();
  const reports = new Array<PhotoReport>(request.photos.length);
  const items = request.photos.map((photo, index) => withClaim(photo, index, request.claimOf));
  await store(node, items, request.lineOfBusiness, options, (item, report) => {
    reports[item.index] = report;
  });
  const stored = items.filter(({ stored }) => stored !== undefined);
  const searchable = await submit(node, stored, onProgress, (item, report) => {
    reports[item.index] = report;
  });
  if (!request.check) for (const item of searchable) reports[item.index] = uncheckedReport(reported(item));
  else if (!signal?.aborted) {
    await searchFor(node, searchable, options, (item, report) => {
      reports[item.index] = report;
    });
  }
  const given = items.flatMap(({ claim, index }) => {
    const report = reports[index];
    return report ? [{ claim, report }] : [];
  });
  return checkReport(
    given.map(({ report }) => report),
    request.check ? SCOPE : undefined,
    claimReports(given),
  );
}

function withClaim(photo: PhotoInput, index: number, claimOf: ClaimOf): Item {
  const item = { ...photo, index, claim: '' };
  if (photo.error) return item;
  try {
    return { ...item, claim: claimOf(photo.path) };
  } catch (error) {
    return { ...item, error: toClaimprintError(error) };
  }
}

/** Fingerprints the photos and puts them into store and outbox, batch after batch; the first batches leave meanwhile. Reports what stays out. */
async function store(
  node: Node,
  items: readonly Item[],
  lineOfBusiness: LineOfBusiness,
  { onProgress = () => undefined, signal }: RunOptions,
  onReport: (item: Item, report: PhotoReport) => void,
): Promise<void> {
  // Where the hub cannot be asked, the photos are moved later from the space that is known to be open.
  await node.resealing.look().catch(() => undefined);
  const batch = new IngestBatch(node, lineOfBusiness);
  const count = countPhotos('fingerprint', items.length, onProgress);
  for await (const photo of fingerprintInputs(items, node, { signal, fillIn: true })) {
    const item = photo.input;
    if (photo.error) onReport(item, errorReport(item, photo.error));
    else if (photo.fingerprint.flat) {
      if (photo.pixels) await keepFlat(node, photo);
      onReport(item, flatReport(item));
    } else {
      item.content = photo.content;
      const { content, fingerprint, pixels } = photo;
      batch.add({ ...item, content, fingerprint, pixels, onStored: (stored) => (item.stored = stored) });
      if (batch.isFull) await batch.flush();
    }
    count();
  }
  await batch.flush();
}

/** Keeps that a file is a blank picture, so that it is not computed again, and nothing of what it shows. */
function keepFlat({ store, pipeline }: Node, { content, fingerprint }: FingerprintedInput<Item>): Promise<void> {
  const { embedding, width, height, flat } = fingerprint;
  const nothing = new Float32Array(embedding.length);
  return store.fingerprints.save(content, pipeline, { embedding: nothing, width, height, flat }, undefined);
}

/** Waits until the outbox is empty or stuck, reports what did not get through and returns what did. */
async function submit(
  node: Node,
  items: readonly Item[],
  onProgress: OnProgress,
  onReport: (item: Item, report: PhotoReport) => void,
): Promise<Item[]> {
  const { error } = items.length > 0 ? await node.outbox.deliver() : {};
  const count = countPhotos('submit', items.length, onProgress);
  const searchable: Item[] = [];
  for (let from = 0; from < items.length; from += READ_AT_ONCE) {
    const some = items.slice(from, from + READ_AT_ONCE);
    const refs = some.map(({ stored }) => stored!.ref);
    const rows = await presentRows(node, refs, error === undefined);
    for (const [i, item] of some.entries()) {
      const photo = rows[i];
      if (photo) item.stored = { ...item.stored!, entry: photo.entry };
      item.renewed = photo?.renewed === 1 && !item.stored!.alreadyKnown;
      if (photo?.state === 'SUBMITTED') searchable.push(item);
      else onReport(item, notSubmittedReport(item, photo, error));
      count();
    }
  }
  return searchable;
}

/** The outbox is empty, but for what was put there since: photos that the hub took with others, or not at first. */
function sentAgain(): ClaimprintError {
  return new ClaimprintError('NOT_SEARCHABLE_YET', 'This photo is being sent again.');
}

function notSubmittedReport(item: Item, photo: PhotoRow | undefined, error: ClaimprintError | undefined): PhotoReport {
  if (photo?.state === 'QUEUED') return queuedReport(reported(item), error ?? sentAgain());
  const refusal = photo?.state === 'REFUSED' ? (photo.refusal as ErrorCode | null) : 'WITHDRAWN';
  return errorReport(reported(item), refusalError(refusal ?? 'INTERNAL'));
}

async function searchFor(
  node: Node,
  items: readonly Item[],
  { onProgress = () => undefined, signal }: RunOptions,
  onReport: (item: Item, report: PhotoReport) => void,
): Promise<void> {
  const count = countPhotos('search', items.length, onProgress);
  const searchOne = ({ stored, content }: Item) => {
    return searchSpaces(
      (seal) => subjectIn(seal, stored!.ref, node),
      { scope: SCOPE, limit: MATCHES_PER_PHOTO, content },
      node,
    );
  };
  const onEach = (item: Item, outcome: SearchOutcome): void => {
    const photo = reported(item);
    onReport(
      item,
      'result' in outcome ? searchedReport(photo, outcome.result) : unansweredReport(photo, outcome.error),
    );
    count();
  };
  await searchAll(items, searchOne, onEach, signal);
}

function reported({ path, stored, renewed = false }: Item): ReportedPhoto {
  return { path, alreadyKnown: stored?.alreadyKnown ?? false, entry: stored?.entry, renewed };
}
