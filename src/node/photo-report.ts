import { strongestBand } from '../decision/decide.js';
import { ClaimprintError, type ErrorCode } from '../protocol/errors.js';
import type { PhotoReport } from './check-report.js';
import type { SearchResult } from './search.js';

export interface ReportedPhoto {
  readonly path: string;
  readonly alreadyKnown?: boolean;
  readonly entry?: string | undefined;
  /** The hub held it with other bytes, from before this node was set back. */
  readonly renewed?: boolean;
  /** Tiles that it was looked for by. */
  readonly tiles?: number | undefined;
}

/** The report of a photo that was searched for. */
export function searchedReport(photo: ReportedPhoto, { matches, complete, searched }: SearchResult): PhotoReport {
  const band = strongestBand(matches.map(({ decision }) => decision));
  const decision = band === 'NONE' && !complete ? 'UNKNOWN' : band;
  const note = matches.some(({ remembered }) => remembered) ? ({ note: 'remembered' } as const) : {};
  return { ...base(photo), decision, ...note, searched: { records: searched ?? null, complete }, matches };
}

/** The report of a photo that was searched for while entries of one's own still waited in the outbox, because of `error`. */
export function incompleteReport(photo: ReportedPhoto, result: SearchResult, error: ClaimprintError): PhotoReport {
  const report = searchedReport(photo, { ...result, complete: false });
  if (report.decision !== 'UNKNOWN') return report;
  const message = `${error.message} Photos that wait in the outbox could not be searched.`;
  return { ...report, error: { code: error.code, message } };
}

/** The report of a blank picture. It resembles every other one: it is neither submitted nor searched for, so that none ever decides. */
export function flatReport(photo: ReportedPhoto): PhotoReport {
  return { ...base(photo), decision: 'NONE', note: 'flat', matches: [] };
}

/** The report of a photo that was added without a search. */
export function uncheckedReport(photo: ReportedPhoto): PhotoReport {
  return { ...base(photo), decision: 'NONE', note: 'not-checked', matches: [] };
}

/** The hub's fault, or the way to it: the photo is all right, and asking again later may succeed. */
const UNDECIDED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'CLOCK_SKEW',
  'HUB_CHANGED',
  'ISSUER_CHANGED',
  'RECEIPT_INVALID',
  'UNSUPPORTED',
  'PROTOCOL_UNSUPPORTED',
]);

/** Whether asking for another photo would fail in the same way. */
export function concernsAllPhotos({ code, retryable }: ClaimprintError): boolean {
  return retryable || UNDECIDED.has(code);
}

/** The report of a photo that the hub was, or could, not be asked about. */
export function unansweredReport(photo: ReportedPhoto, error: ClaimprintError): PhotoReport {
  const decision = concernsAllPhotos(error) ? 'UNKNOWN' : 'ERROR';
  return { ...base(photo), decision, error: shown(error), matches: [] };
}

/** The report of a photo that waits in the outbox. */
export function queuedReport(photo: ReportedPhoto, error: ClaimprintError): PhotoReport {
  const message = `${error.message} The photo waits in the outbox; the running node, or the next command, sends it.`;
  return { ...base(photo), decision: 'UNKNOWN', error: { code: error.code, message }, matches: [] };
}

/** The report of a photo that is no usable photo, has no claim or is refused by the hub. */
export function errorReport(photo: ReportedPhoto, error: ClaimprintError): PhotoReport {
  return { ...base(photo), decision: 'ERROR', error: shown(error), matches: [] };
}

function base({ path, alreadyKnown = false, entry, renewed, tiles }: ReportedPhoto) {
  const more = { ...(renewed && { renewed }), ...(tiles !== undefined && { tiles }) };
  return { path, error: null, alreadyKnown, entry: entry ?? null, searched: null, ...more };
}

function shown({ code, message }: ClaimprintError): { code: ErrorCode; message: string } {
  return { code, message };
}

const REFUSALS: Partial<Record<ErrorCode, string>> = {
  SEAL_KEY_MISMATCH: "The hub refuses this node's sealing key: it is not the one the consortium uses.",
  EPOCH_MISMATCH: "The hub refuses this node's sealing epoch: the consortium uses another one.",
  UNKNOWN_SPACE: "The hub does not accept this node's embedding space (model, preprocessing and sealing).",
  REFERENCE_CONFLICT:
    'The hub holds this photo of this claim with other bytes, and again after it was replaced: does a second node run with the same secret?',
  WITHDRAWN:
    'The hub says that this photo was withdrawn after it had been added. If it is meant to come back, add it again.',
  SPACE_RETIRED: "The hub no longer accepts this node's embedding space.",
};

/** The sentence for a photo that the hub has refused. */
export function refusalError(code: ErrorCode): ClaimprintError {
  return new ClaimprintError(code, REFUSALS[code] ?? 'The hub has refused this photo.');
}
