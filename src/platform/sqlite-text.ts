import { isUtf8 } from 'node:buffer';
import { type Kysely, sql } from './kysely.js';

/**
 * Looks for text that a damaged page has made no text: libsql ends the process where it reads such a value.
 * @param tables all that there are if left out
 * @returns the first table with such a value
 */
export async function brokenText<Tables>(
  database: Kysely<Tables>,
  tables?: readonly (keyof Tables & string)[],
): Promise<string | undefined> {
  const columns = await sql<{ table: string; column: string }>`
    select tables.name as "table", columns.name as "column" from sqlite_master as tables,
      pragma_table_info(tables.name) as columns
    where tables.type = 'table' and lower(columns.type) = 'text'`.execute(database);
  const names = new Set(columns.rows.map(({ table }) => table));
  for (const table of tables ? [...names].filter((name) => tables.some((each) => each === name)) : names) {
    const own = columns.rows.filter((each) => each.table === table).map(({ column }) => sql.ref(column));
    // The database passes over what is plain ASCII, which is nearly all.
    const suspects = await sql<Record<string, Buffer | null>>`
      select ${sql.join(own.map((column, i) => sql`cast(${column} as blob) as ${sql.ref(`c${i}`)}`))}
      from ${sql.table(table)} where ${sql.join(
        own.map((column) => sql`${column} glob '*[^ -~]*'`),
        sql` or `,
      )}`.execute(database);
    if (suspects.rows.some((row) => Object.values(row).some((bytes) => bytes && !isUtf8(bytes)))) return table;
  }
  return undefined;
}
