import type { PostgresAddress } from '../../platform/postgres.js';
import { textOf } from '../../platform/postgres-error.js';
import { ClaimprintError } from '../../protocol/errors.js';

const CERTIFICATE = /SELF_SIGNED|CERT_|_CERT|ERR_TLS|UNABLE_TO_/;

/** What an operator is told when a database cannot be opened: what is wrong and what to do, never the password. */
export function refusal(error: unknown, { server, user, database }: PostgresAddress): unknown {
  const { code, message } = textOf(error);
  const unusable = (text: string) => new ClaimprintError('DATABASE_UNUSABLE', text, { cause: error });
  if (code.startsWith('28') || /^sasl/i.test(message)) {
    return unusable(
      `PostgreSQL at ${server} does not let user ${user} in. Check user and password in DATABASE_URL, and the server's pg_hba.conf.`,
    );
  }
  if (code === '3D000') {
    return unusable(`PostgreSQL at ${server} has no database ${database}. Make it (createdb) or correct DATABASE_URL.`);
  }
  if (code === '42501') {
    return unusable(
      `User ${user} may not make or use tables in database ${database}. Make the user the database's owner, or grant it CREATE on the schema.`,
    );
  }
  if (code === '25006') {
    return unusable(`PostgreSQL at ${server} is read-only, a standby perhaps. DATABASE_URL must name the primary.`);
  }
  if (CERTIFICATE.test(code) || /SSL/.test(message)) {
    return unusable(
      `There is no trusted TLS connection to PostgreSQL at ${server}. Check sslmode and sslrootcert in DATABASE_URL.`,
    );
  }
  if (error instanceof ClaimprintError && error.code === 'LEDGER_UNAVAILABLE') {
    return new ClaimprintError(
      'LEDGER_UNAVAILABLE',
      `No PostgreSQL answers at ${server}, or it takes no connection now. Is the server running, and is DATABASE_URL right?`,
      { cause: error },
    );
  }
  return error;
}

export function holdsSomethingElse({ database }: PostgresAddress): ClaimprintError {
  return new ClaimprintError(
    'DATABASE_UNUSABLE',
    `Database ${database} holds something else; nothing was changed. Give the ledger a database (or a schema, by search_path) of its own.`,
  );
}
