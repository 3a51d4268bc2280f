import { isUtf8 } from 'node:buffer';
import { type Kysely, sql } from './kysely.js';

/** Where a SQLite file holds a text that is none. */
export interface BrokenText {
  readonly table: string;
  readonly column: string;
  /** The row's column `position`, where it has one. */
  readonly position?: number;
}

type Row = Readonly<Record<string, Buffer | number | null>>;
/** A table or one of its indexes, as the words behind `from`. */
interface Source {
  readonly from: string;
  readonly columns: readonly string[];
}

/**
 * Finds a text whose bytes are not UTF-8 in the tables and indexes of a SQLite file. libsql ends the whole process when
 * it hands over such a text, so a file that may be damaged is asked this before any of it is read. Plain ASCII, which
 * nearly all text is, does not leave SQLite for it.
 * @param tables all that there are if left out
 * @throws what SQLite says of a file that it cannot read
 */
export async function findBrokenText<Tables>(
  database: Kysely<Tables>,
  tables?: readonly (keyof Tables & string)[],
): Promise<BrokenText | undefined> {
  const run = async (text: string) => (await sql.raw<Row>(text).execute(database)).rows;
  const names = async (from: string) => (await run(`select cast(name as blob) as name from ${from}`)).map(nameOf);
  const find = async (table: string, source: Source): Promise<BrokenText | undefined> => {
    for (const { position, ...suspects } of await run(suspicious(source))) {
      const column = Object.keys(suspects).find((name) => suspects[name] && !isUtf8(suspects[name] as Buffer));
      if (column) return { table, column: column.slice(1), ...(typeof position === 'number' && { position }) };
    }
    return undefined;
  };
  // First what all names below come from.
  const schema = { from: 'sqlite_schema', columns: ['type', 'name', 'tbl_name', 'sql'] };
  let found = await find('sqlite_schema', schema);
  if (found) return found;
  for (const table of await names("sqlite_schema where type = 'table'")) {
    if (tables && !tables.some((name) => name === table)) continue;
    const columns = await names(`pragma_table_info(${literal(table)})`);
    found = await find(table, { from: `${quoted(table)} not indexed`, columns });
    for (const index of found ? [] : await names(`pragma_index_list(${literal(table)}) where partial = 0`)) {
      const kept = await names(`pragma_index_info(${literal(index)}) where name is not null`);
      found ??= await find(table, { from: `${quoted(table)} indexed by ${quoted(index)}`, columns: kept });
    }
    if (found) return found;
  }
  return undefined;
}

/** Rows with text that is not plain ASCII: as bytes, each under its column's name behind an underscore. */
function suspicious({ from, columns }: Source): string {
  // `glob` and `length` end at a NUL, and take any bytes for characters.
  const tests = columns.map(quoted).map((column) => {
    const bytes = `cast(${column} as blob)`;
    return `(typeof(${column}) = 'text' and (${column} glob '*[^ -~]*' or length(${column}) <> length(${bytes})))`;
  });
  const position = columns.includes('position') ? "case typeof(position) when 'integer' then position end" : 'null';
  const values = columns.map(
    (column, i) => `case when ${tests[i]} then cast(${quoted(column)} as blob) end as ${quoted(`_${column}`)}`,
  );
  return `select ${position} as position, ${values.join(', ')} from ${from} where ${tests.join(' or ')}`;
}

function nameOf({ name }: Row): string {
  return (name as Buffer).toString();
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(name: string): string {
  return `'${name.replaceAll("'", "''")}'`;
}
