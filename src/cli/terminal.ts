import { plain } from '../platform/hidden-characters.js';
import { toClaimprintError } from '../protocol/errors.js';
import { displayWidth } from './display-width.js';

export const EXIT_ERROR = 2;

/** Standard output is for results, standard error for everything else. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A part of a long result. @returns whether somebody may read the next one, once there is room for it */
export function printPart(text: string): Promise<boolean> {
  return new Promise((resolve) => {
    process.stdout.write(text, (error) => resolve(!error));
  });
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value));
}

export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/**
 * Shows a failure as one sentence with its code, or as JSON where JSON was asked for.
 * @returns the exit code
 */
export function showFailure(thrown: unknown, json: boolean): number {
  const { code, message } = toClaimprintError(thrown);
  if (json) printJson({ error: { code, message } });
  else say(plain(`claimprint: ${message} (${code})`));
  return EXIT_ERROR;
}

export { plain };

/** A share in whole hundredths; from 99 on in tenths, and never as 100 what is less. */
export function percent(share: number): string {
  if (share < 0.99 || share === 1) return String(Math.round(share * 100));
  return String(Math.min(99.9, Math.round(share * 1000) / 10));
}

/** Lays rows out in columns as wide as their widest cell. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const shown = rows.map((cells) => cells.map(plain));
  const widths = header.map((name, i) =>
    shown.reduce((widest, row) => Math.max(widest, displayWidth(row[i] ?? '')), displayWidth(name)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell + ' '.repeat(widths[i]! - displayWidth(cell)))
      .join('  ')
      .trimEnd();
  return [line(header), widths.map((width) => '─'.repeat(width)).join('  '), ...shown.map(line)].join('\n');
}
