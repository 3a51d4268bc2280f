import { stripVTControlCharacters } from 'node:util';
import type { SerializedError } from 'vitest';
import type { Failure } from './failures.js';

/** So many lines a log shows at its end at the least, whatever shortens it. */
const MOST_LINES = 50;
/** Of errors, however many have failed. */
const FEWEST_LINES = 16;
const MOST_LINES_EACH = 8;
const MOST_CHARACTERS = 200;

/** Each failure by name, with the first lines of its error as long as there is room for them. */
export function printed(failures: readonly Failure[]): string[] {
  let room = Math.max(FEWEST_LINES, MOST_LINES - failures.length);
  return failures.flatMap(({ name, errors }) => {
    const said = errors.flatMap(lines).slice(0, Math.min(room, MOST_LINES_EACH));
    room -= said.length;
    return [`FAILED ${name}`, ...said.map((line) => `    ${line.slice(0, MOST_CHARACTERS)}`)];
  });
}

/** What it says, the first place of ours in its stack, and how the values differ. */
function lines({ name, message, stack, diff }: SerializedError): string[] {
  const text = stripVTControlCharacters(`${name ?? 'Error'}: ${message}\n${diff ?? ''}`);
  const place = stack?.split('\n').find((line) => /^\s+at .*\/(src|test)\//.test(line));
  const said = text.split('\n').filter((line) => line.trim() !== '');
  // The place stands second, or a long message would push it out.
  return place ? [said[0]!, place.trim().replace(`${process.cwd()}/`, ''), ...said.slice(1)] : said;
}
