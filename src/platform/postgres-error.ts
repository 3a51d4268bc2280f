import { ClaimprintError } from '../protocol/errors.js';

/** SQLSTATEs by which a server says that it cannot now, or that the connection is over (appendix A of its manual). */
const NOT_NOW = /^(08|28|57P|40001$|40P01$|53[0234]00$|55P03$|57014$|25P0[34]$|25006$|3D000$)/;
const LOST = /^(08|57P0[1-5]$|25P0[34]$)/;
/** What the driver and the operating system say of a connection. */
const CONNECTION_CODES =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOENT|EACCES)$/;
const CONNECTION_TEXTS =
  /connection terminated|connection ended|timeout exceeded when trying to connect|query read timeout|timeout expired|not queryable|client was closed|socket|^sasl/i;

/** Whether the connection is of no further use. */
export function isConnectionLoss(error: unknown): boolean {
  const { code, message } = textOf(error);
  return LOST.test(code) || CONNECTION_CODES.test(code) || CONNECTION_TEXTS.test(message);
}

/**
 * A driver's error as the outside may see it: a server that is away or full gets a code, everything else passes as it
 * is. The driver's texts stay in the cause.
 */
export function postgresError(error: unknown): unknown {
  if (error instanceof ClaimprintError) return error;
  const { code } = textOf(error);
  if (code === '53100') {
    return new ClaimprintError('STORAGE_FULL', 'The hub has no storage left; nothing was written.', { cause: error });
  }
  if (isConnectionLoss(error) || NOT_NOW.test(code)) {
    return new ClaimprintError('LEDGER_UNAVAILABLE', 'The hub cannot use its database at the moment.', {
      cause: error,
    });
  }
  return error;
}

/** SQLSTATE or system code, and text, of a driver's error or of the coded one around it. */
export function textOf(error: unknown): { readonly code: string; readonly message: string } {
  const inner = error instanceof ClaimprintError && error.cause ? error.cause : error;
  const { code, message } = inner as { code?: unknown; message?: unknown };
  return { code: String(code ?? ''), message: String(message ?? '') };
}
