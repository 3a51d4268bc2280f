import { relative } from 'node:path';
import { type CheckReport, exitCode, type MatchReport } from '../node/check-report.js';
import { claimsTable } from './claims-table.js';
import { decisionText } from './decision-text.js';
import { countKinds, matchBesideDecision, nameKind } from './matches-by-kind.js';
import { sayLeftOut } from './say-left-out.js';
import { searchedText } from './searched-text.js';
import { percent, plain, print, printJson, table } from './terminal.js';

export type Report = CheckReport;

/** Prints what was found for each photo, its copies first; as JSON in the order of the node, best first. @returns the exit code: 11 DUPLICATE, 10 REVIEW, 2 UNKNOWN or ERROR, 0 none */
export function showReport(report: Report, json: boolean): number {
  sayLeftOut(report);
  if (json) {
    printJson(report);
    return exitCode(report);
  }
  const shown = report.photos.map(matchBesideDecision);
  const rows = report.photos.map((photo, i) => {
    const [best, others] = shown[i]!;
    return [
      shortPath(photo.path),
      decisionText(photo),
      best ? probabilityText(best) : '',
      best ? (best.claim ? `own claim ${best.claim}` : best.tenant) : (photo.error?.code ?? ''),
      best ? nameKind(best) : '',
      best?.firstSeen ?? '',
      countKinds(others),
    ];
  });
  print(table(['photo', 'decision', 'probability', 'match', 'kind', 'first seen', 'further'], rows));
  printScores(report);
  printGeometry(report);
  const claims = claimsTable(report);
  if (claims) print(`\n${claims}`);
  if (shown.some(([best]) => best?.probabilityInterval)) {
    print('\nIn brackets: of 100 such pairs of other photos so many were copies (95 % interval).');
  }
  const messages = new Set(report.photos.flatMap(({ error }) => (error ? [`${error.code}: ${error.message}`] : [])));
  if (messages.size > 0) print(`\n${[...messages].map(plain).join('\n')}`);
  const renewed = report.photos.filter((photo) => photo.renewed).length;
  if (renewed > 0) {
    print(`\nSent before this node was set back, so withdrawn at the hub and sent again: ${renewed}`);
  }
  const remembered = report.photos.filter(({ note }) => note === 'remembered').length;
  if (remembered > 0)
    print(`\nWith matches that this node remembers and the hub does not show any more: ${remembered}`);
  const blank = report.photos.filter(({ note }) => note === 'flat').length;
  if (blank > 0) {
    print(`\nBlank pictures, which all look alike and so are neither submitted nor searched for: ${blank}`);
  }
  const searched = searchedText(report);
  if (searched) print(`\n${searched}`);
  if (report.deep) print('\nDeep check: by the tiles of each photo too.');
  if (!report.complete) print('\nNot everything could be searched: UNKNOWN is not an all-clear.');
  return exitCode(report);
}

/** Of 100, and between which counts such pairs turned out to be copies. */
function probabilityText({ probability, probabilityInterval: interval }: MatchReport): string {
  return `${percent(probability)} %${interval ? ` (${percent(interval.low)} to ${percent(interval.high)})` : ''}`;
}

/** How each photo and one's own that it matches were made from one another. */
function printGeometry({ photos }: Report): void {
  const rows = photos.flatMap(({ path, matches }) =>
    matches.flatMap(({ geometry, path: ownPath, entry }) =>
      geometry ? [[shortPath(path), ownPath ? shortPath(ownPath) : entry, geometry.words]] : [],
    ),
  );
  if (rows.length > 0) print(`\n${table(['photo', 'own photo', 'how the one was made from the other'], rows)}`);
}

/** Every own entry with its exact score, where that was asked for. */
function printScores({ photos }: Report): void {
  const rows = photos.flatMap(({ path, matches }) =>
    matches.flatMap(({ score, decision, claim, path: entryPath, entry }) =>
      score === undefined
        ? []
        : [[shortPath(path), score.toFixed(6), decision, claim ?? '', entryPath ? shortPath(entryPath) : entry]],
    ),
  );
  if (rows.length > 0) print(`\n${table(['photo', 'score', 'decision', 'claim', 'own entry'], rows)}`);
}

/** The path from the working directory where that is shorter. */
function shortPath(path: string): string {
  const fromHere = relative('.', path);
  return fromHere.length < path.length ? fromHere : path;
}
