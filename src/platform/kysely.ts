import { createRequire } from 'node:module';

/** Its CommonJS build: the other is 260 modules, which Node takes twice as long to load, with almost every command. */
const library = createRequire(import.meta.url)('kysely') as typeof import('kysely');

export const { sql, Kysely, PostgresDialect, SqliteDialect } = library;
export type Kysely<Tables> = import('kysely').Kysely<Tables>;
