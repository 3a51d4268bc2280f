import type { GroupsReport } from './find-groups.js';

/**
 * Groups as CSV (RFC 4180): a row for each photo, the medoid of a group first and with score 1, and last those outside the
 * group that are alike to one inside; `like` is the photo that the score is against. A name that a spreadsheet would run as a
 * formula has a ' before it.
 */
export function groupsCsv({ groups }: GroupsReport): string {
  const rows = groups.flatMap(({ medoid, members, also }, i) => [
    [`${i + 1}`, inert(medoid), 'medoid', '1', ''],
    ...members.map(({ photo, score, sameBytes }) => [
      `${i + 1}`,
      inert(photo),
      sameBytes ? 'same-bytes' : 'alike',
      `${score}`,
      inert(medoid),
    ]),
    ...also.map(({ photo, like, score }) => [`${i + 1}`, inert(photo), 'also', `${score}`, inert(like)]),
  ]);
  return [['group', 'photo', 'role', 'score', 'like'], ...rows]
    .map((row) => `${row.map(quoted).join(',')}\r\n`)
    .join('');
}

/** Claimants choose names: spreadsheets take what begins like this for a formula, or drop the character before one. */
function inert(name: string): string {
  return /^[=+\-@\u0000-\u001f\u007f-\u009f]/.test(name) ? `'${name}` : name;
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
