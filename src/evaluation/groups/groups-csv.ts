import type { GroupsReport } from './find-groups.js';

/**
 * Groups as CSV (RFC 4180): a row for each photo, the medoid of a group first and with score 1, and last those outside the
 * group that are alike to one inside; `like` is the photo that the score is against.
 */
export function groupsCsv({ groups }: GroupsReport): string {
  const rows = groups.flatMap(({ medoid, members, also }, i) => [
    [`${i + 1}`, medoid, 'medoid', '1', ''],
    ...members.map(({ photo, score, sameBytes }) => [
      `${i + 1}`,
      photo,
      sameBytes ? 'same-bytes' : 'alike',
      `${score}`,
      medoid,
    ]),
    ...also.map(({ photo, like, score }) => [`${i + 1}`, photo, 'also', `${score}`, like]),
  ]);
  return [['group', 'photo', 'role', 'score', 'like'], ...rows]
    .map((row) => `${row.map(quoted).join(',')}\r\n`)
    .join('');
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
