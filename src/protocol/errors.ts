/**
 * The closed set of error codes that Claimprint shows to anyone, in families.
 * Every code has one row in {@link ERROR_TABLE}; anything that is not a ClaimprintError is masked as INTERNAL.
 */
type InputCode =
  | 'BAD_REQUEST'
  | 'BAD_ENTRY'
  | 'BAD_VECTOR'
  | 'BAD_SPACE'
  | 'BAD_MANIFEST'
  | 'BAD_MODEL'
  | 'BAD_KEY_FILE'
  | 'DUPLICATE_REFERENCE'
  | 'NOT_FOUND'
  | 'NOT_READABLE'
  | 'PATH_REFUSED'
  | 'UNDECODABLE'
  | 'DECODE_TIMEOUT'
  | 'DECODE_FAILED'
  | 'FILE_EXISTS'
  | 'UNSUPPORTED'
  | 'PROTOCOL_UNSUPPORTED'
  | 'TOO_SMALL';
type AuthCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'UNKNOWN_TENANT'
  | 'TENANT_EXISTS'
  | 'TENANT_QUARANTINED'
  | 'KEY_IN_USE'
  | 'UNKNOWN_KEY'
  | 'TOO_MANY_KEYS'
  | 'LAST_KEY'
  | 'INVITE_REFUSED'
  | 'ISSUED_ELSEWHERE'
  | 'FINGERPRINT_MISMATCH'
  | 'CLOCK_SKEW';
type IntegrityCode =
  | 'PROOF_REPLAYED'
  | 'JTI_CONFLICT'
  | 'REFERENCE_CONFLICT'
  | 'MODEL_MISMATCH'
  | 'HUB_CHANGED'
  | 'ISSUER_CHANGED'
  | 'RECEIPT_INVALID'
  | 'CHECKPOINT_INVALID'
  | 'LOG_INCONSISTENT'
  | 'LEDGER_CORRUPT'
  | 'BACKUP_DAMAGED';
type PolicyCode =
  | 'UNKNOWN_SPACE'
  | 'NOT_FITTED'
  | 'SPACE_RETIRED'
  | 'EPOCH_MISMATCH'
  | 'SEAL_KEY_MISMATCH'
  | 'RETENTION_EXCEEDED'
  | 'WITHDRAWN';
type CapacityCode =
  | 'BUDGET_EXCEEDED'
  | 'TOO_MANY_ATTEMPTS'
  | 'TOO_LARGE'
  | 'TOO_MANY_ENTRIES'
  | 'TOO_MANY_FILES'
  | 'BODY_TOO_LARGE';
type DependencyCode =
  | 'HUB_UNAVAILABLE'
  | 'INDEX_UNAVAILABLE'
  | 'INDEX_SCHEMA_MISMATCH'
  | 'NOT_SEARCHABLE_YET'
  | 'MODEL_MISSING'
  | 'SEAL_KEY_MISSING'
  | 'PROVIDER_UNUSABLE'
  | 'DATA_DIRECTORY_IN_USE'
  | 'DATA_DIRECTORY_MISSING'
  | 'DATA_DIRECTORY_EXISTS'
  | 'DATA_DIRECTORY_DAMAGED'
  | 'INTERRUPTED'
  | 'JOURNAL_UNAVAILABLE'
  | 'LEDGER_NEWER'
  | 'LEDGER_UNAVAILABLE'
  | 'DATABASE_UNUSABLE'
  | 'PORT_IN_USE'
  | 'STORAGE_FULL'
  | 'TIMEOUT'
  | 'INTERNAL';

export type ErrorCode = InputCode | AuthCode | IntegrityCode | PolicyCode | CapacityCode | DependencyCode;

interface ErrorRow {
  /** HTTP status when the error ends the request before GraphQL runs. */
  readonly httpStatus: number;
  /** Whether the same request may succeed later, unchanged. */
  readonly retryable: boolean;
}

const row = (httpStatus: number, retryable = false): ErrorRow => ({ httpStatus, retryable });

/** One row per code, exhaustive by type. */
export const ERROR_TABLE: Readonly<Record<ErrorCode, ErrorRow>> = {
  BAD_REQUEST: row(400),
  BAD_ENTRY: row(400),
  BAD_VECTOR: row(400),
  BAD_SPACE: row(400),
  BAD_MANIFEST: row(400),
  BAD_MODEL: row(422),
  BAD_KEY_FILE: row(400),
  DUPLICATE_REFERENCE: row(400),
  NOT_FOUND: row(404),
  NOT_READABLE: row(403),
  PATH_REFUSED: row(403),
  FILE_EXISTS: row(409),
  UNDECODABLE: row(422),
  DECODE_TIMEOUT: row(422),
  DECODE_FAILED: row(422),
  UNSUPPORTED: row(415),
  PROTOCOL_UNSUPPORTED: row(400),
  TOO_SMALL: row(422),
  UNAUTHENTICATED: row(401),
  FORBIDDEN: row(403),
  UNKNOWN_TENANT: row(404),
  TENANT_EXISTS: row(409),
  TENANT_QUARANTINED: row(403),
  KEY_IN_USE: row(409),
  UNKNOWN_KEY: row(404),
  TOO_MANY_KEYS: row(409),
  LAST_KEY: row(409),
  INVITE_REFUSED: row(403),
  ISSUED_ELSEWHERE: row(400),
  FINGERPRINT_MISMATCH: row(409),
  CLOCK_SKEW: row(401),
  PROOF_REPLAYED: row(401),
  JTI_CONFLICT: row(409),
  REFERENCE_CONFLICT: row(409),
  MODEL_MISMATCH: row(409),
  HUB_CHANGED: row(409),
  ISSUER_CHANGED: row(409),
  RECEIPT_INVALID: row(502),
  CHECKPOINT_INVALID: row(400),
  LOG_INCONSISTENT: row(502),
  LEDGER_CORRUPT: row(500),
  BACKUP_DAMAGED: row(422),
  UNKNOWN_SPACE: row(400),
  NOT_FITTED: row(400),
  SPACE_RETIRED: row(400),
  EPOCH_MISMATCH: row(400),
  SEAL_KEY_MISMATCH: row(400),
  RETENTION_EXCEEDED: row(400),
  WITHDRAWN: row(409),
  BUDGET_EXCEEDED: row(429, true),
  TOO_MANY_ATTEMPTS: row(429, true),
  TOO_LARGE: row(413),
  TOO_MANY_ENTRIES: row(413),
  TOO_MANY_FILES: row(413),
  BODY_TOO_LARGE: row(413),
  HUB_UNAVAILABLE: row(503, true),
  INDEX_UNAVAILABLE: row(503, true),
  INDEX_SCHEMA_MISMATCH: row(503, true),
  NOT_SEARCHABLE_YET: row(503, true),
  MODEL_MISSING: row(503),
  SEAL_KEY_MISSING: row(503),
  PROVIDER_UNUSABLE: row(503),
  DATA_DIRECTORY_IN_USE: row(423, true),
  DATA_DIRECTORY_MISSING: row(404),
  DATA_DIRECTORY_EXISTS: row(409),
  DATA_DIRECTORY_DAMAGED: row(500),
  INTERRUPTED: row(503, true),
  JOURNAL_UNAVAILABLE: row(503, true),
  LEDGER_NEWER: row(500),
  LEDGER_UNAVAILABLE: row(503, true),
  DATABASE_UNUSABLE: row(500),
  PORT_IN_USE: row(500),
  STORAGE_FULL: row(507, true),
  TIMEOUT: row(504, true),
  INTERNAL: row(500),
};

/** An error with a code that may be shown outside. Its message must hold no path, key, vector or claim of another party. */
export class ClaimprintError extends Error {
  override readonly name = 'ClaimprintError';
  readonly code: ErrorCode;
  /** When the same request may succeed, if that is known. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown; retryAfterSeconds?: number | undefined }) {
    super(message, options);
    this.code = code;
    this.retryAfterSeconds = options?.retryAfterSeconds;
  }

  get retryable(): boolean {
    return ERROR_TABLE[this.code].retryable;
  }

  get httpStatus(): number {
    return ERROR_TABLE[this.code].httpStatus;
  }
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_TABLE, value);
}

/** The same coded error with what it is about, one of several, before its sentence; any other value as it is. */
export function errorAbout(name: string, error: unknown): unknown {
  if (!(error instanceof ClaimprintError)) return error;
  const { code, message, retryAfterSeconds } = error;
  return new ClaimprintError(code, `${name}: ${message}`, { cause: error, retryAfterSeconds });
}

/** Any thrown value as a ClaimprintError: coded errors pass, all others become INTERNAL without their text. */
export function toClaimprintError(error: unknown): ClaimprintError {
  if (error instanceof ClaimprintError) return error;
  return new ClaimprintError(
    'INTERNAL',
    'Something went wrong inside Claimprint; its log has the details (CLAIMPRINT_LOG_LEVEL=error).',
    {
      cause: error,
    },
  );
}
