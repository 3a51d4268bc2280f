import { plain } from '../platform/hidden-characters.js';

/** Rows in columns; the first is text, the others are numbers. */
export function columns(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const shown = [header, ...rows].map((row) => row.map(plain));
  const widths = header.map((_, i) => shown.reduce((widest, row) => Math.max(widest, row[i]!.length), 0));
  const pad = (cell: string, i: number): string => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!));
  return shown.map((row) => row.map(pad).join('  ')).join('\n');
}
