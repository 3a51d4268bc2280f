import type { Command } from 'commander';
import type { GroupsReport } from '../evaluation/groups/find-groups.js';
import type { NamedPhoto } from '../evaluation/named-photo.js';
import { counted } from '../platform/counted.js';
import { ClaimprintError } from '../protocol/errors.js';
import { command } from './command.js';
import { decimal } from './evaluation/numbers.js';
import { type ModelSettingsOptions, withModelSettings } from './model-settings-options.js';
import { chosenManifest, MODEL_OPTION, type ModelOption, modelSource } from './models/model-option.js';
import { ProgressBar } from './progress.js';
import { EXIT_ERROR, plain, print, printJson, printPart, say } from './terminal.js';

interface Options extends ModelOption, ModelSettingsOptions {
  readonly method: string;
  readonly threshold?: string;
  readonly convention: string;
  readonly csv?: boolean;
  readonly html?: boolean;
  readonly json?: boolean;
}

export function dupsCommand(): Command {
  const self = command<Options>('dups <dir>', 'find groups of like photos within one folder, without a hub', find)
    .option('--method <name>', 'sscd, ahash, dhash, phash, whash, pdq or shazim', 'sscd')
    .option(
      '--threshold <n>',
      "bits that may differ (hashes) or least score (sscd) or similarity (shazim); the method's own if not given",
    )
    .option('--convention <name>', 'whose aHash, dHash, pHash and wHash: imagehash or imagededup', 'imagehash')
    .option(...MODEL_OPTION)
    .option(
      '--csv',
      "print a row for each photo of a group; a name that a spreadsheet would run as a formula has a ' before it",
    )
    .option('--html', 'print a contact sheet: one page with small pictures in it');
  return withModelSettings(self);
}

async function find([dir]: string[], options: Options): Promise<number> {
  const { json = false, csv = false, html = false } = options;
  if (Number(json) + Number(csv) + Number(html) > 1) {
    throw new ClaimprintError('BAD_REQUEST', 'Only one of --json, --csv and --html can be printed.');
  }
  const { findGroups } = await import('../evaluation/groups/find-groups.js');
  const { HASH_CONVENTIONS } = await import('../fingerprint/hashes/convention.js');
  const { listPhotos } = await import('./evaluation/list-photos.js');
  const { failedJson, sayFailed } = await import('./evaluation/show-failed.js');
  const convention = HASH_CONVENTIONS.find((name) => name === options.convention);
  if (!convention) throw new ClaimprintError('BAD_REQUEST', `--convention takes ${HASH_CONVENTIONS.join(' or ')}.`);
  const bar = new ProgressBar();
  const photos = await listPhotos(dir!);
  const report = await findGroups({
    photos,
    ...modelSource(chosenManifest(options), options),
    method: options.method,
    threshold: options.threshold === undefined ? undefined : decimal(options.threshold, '--threshold', 0, 256),
    convention,
    onProgress: bar.count,
  }).finally(() => bar.stop());
  if (json) printJson({ ...report, failed: failedJson(report.failed) });
  else {
    sayFailed(report.failed);
    // The other outputs say it themselves.
    if (csv && report.blank > 0) {
      say(`${counted(report.blank, 'photo')} with too little to see: held against those of the same bytes only.`);
    }
    if (csv) await printPart((await import('../evaluation/groups/groups-csv.js')).groupsCsv(report));
    else if (html) await writeContactSheet(report, photos);
    else print(formatGroups(report));
  }
  if (report.groups.length > 0) return 11;
  return report.failed.length > 0 ? EXIT_ERROR : 0;
}

async function writeContactSheet(report: GroupsReport, photos: readonly NamedPhoto[]): Promise<void> {
  const { contactSheet } = await import('../evaluation/groups/contact-sheet.js');
  const { Thumbnails } = await import('./evaluation/thumbnails.js');
  const thumbnails = new Thumbnails(photos, []);
  try {
    for await (const part of contactSheet(report, (name) => thumbnails.make('query', name))) {
      if (!(await printPart(part))) break;
    }
  } finally {
    await thumbnails.close();
  }
}

function formatGroups({
  method,
  threshold,
  unit,
  photos,
  computed,
  groups,
  blank,
  scaled,
  failed,
}: GroupsReport): string {
  const sections = groups.map(({ medoid, members, also }, i) =>
    [
      `group ${i + 1}`,
      `          ${plain(medoid)}`,
      ...members.map(
        ({ photo, score, sameBytes }) => `  ${sameBytes ? 'same   ' : score.toFixed(3).padEnd(7)} ${plain(photo)}`,
      ),
      ...(also.length > 0 ? ['  alike to one of these only:'] : []),
      ...also.map(({ photo, like, score }) => `  ${score.toFixed(3).padEnd(7)} ${plain(photo)}, to ${plain(like)}`),
      '',
    ].join('\n'),
  );
  const floor = unit === 'bits' ? `at most ${counted(threshold, 'bit')} apart` : `${unit} from ${threshold}`;
  const counts = [`${computed} newly fingerprinted`, `${blank} blank`, `${failed.length} unusable`];
  if (scaled > 0) counts.push(`${scaled} hashed scaled down, as they are so large`);
  return [
    ...sections,
    `${counted(groups.length, 'group')} in ${counted(photos, 'photo')} (${method}, ${floor}; ${counts.join(', ')})`,
  ].join('\n');
}
