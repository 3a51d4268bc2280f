import { counted } from '../../platform/counted.js';
import { escapeMarkup } from '../plots/escape-markup.js';
import type { GroupsReport, PhotoGroup } from './find-groups.js';

/** A small JPEG of a photo; undefined if there is none to be had. */
export type Thumbnail = (photo: string) => Promise<Buffer | undefined>;

/** A page of its own, photos inlined: it asks nothing of any other place. */
export async function* contactSheet(report: GroupsReport, thumbnail: Thumbnail): AsyncGenerator<string> {
  const { method, threshold, unit, photos, groups, blank, scaled, failed } = report;
  const floor = unit === 'bits' ? `at most ${counted(threshold, 'bit')} apart` : `${unit} from ${threshold}`;
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${counted(groups.length, 'group')} of like photos</title>
<style>
body { font: 14px/1.4 system-ui, sans-serif; margin: 2rem; color: #222; background: #fff }
section { display: flex; flex-wrap: wrap; gap: 1rem; border-top: 1px solid #ccc; padding: 1rem 0 }
h2 { flex-basis: 100%; margin: 0; font-size: 1rem }
figure { margin: 0; width: 200px }
figure.medoid { font-weight: bold }
figure.also { opacity: .7 }
img, .none { max-width: 200px; max-height: 200px; display: block }
figcaption { overflow-wrap: anywhere }
</style>
</head>
<body>
<h1>${counted(groups.length, 'group')} among ${counted(photos, 'photo')}</h1>
<p>Method ${escapeMarkup(method)}, ${floor} to the first photo of the group. ${counted(failed.length, 'file')} could not be used.
${counted(blank, 'photo with too little to see was', 'photos with too little to see were')} held against those of the same bytes only. ${counted(scaled, 'was', 'were')} hashed scaled down, as they are so large.</p>
`;
  for (const [i, group] of groups.entries()) yield await section(i + 1, group, thumbnail);
  yield '</body>\n</html>\n';
}

async function section(number: number, { medoid, members, also }: PhotoGroup, thumbnail: Thumbnail): Promise<string> {
  const figures = [await figure(medoid, 'first', 'medoid', thumbnail)];
  for (const { photo, score, sameBytes } of members) {
    figures.push(await figure(photo, sameBytes ? 'the same bytes' : score.toFixed(3), 'member', thumbnail));
  }
  for (const { photo, score, like } of also) {
    figures.push(await figure(photo, `${score.toFixed(3)} to ${like}`, 'also', thumbnail));
  }
  const besides = also.length > 0 ? `, and ${also.length} alike to one of them` : '';
  return `<section>\n<h2>Group ${number}: ${members.length + 1} photos${besides}</h2>\n${figures.join('\n')}\n</section>\n`;
}

async function figure(
  photo: string,
  says: string,
  kind: 'medoid' | 'member' | 'also',
  thumbnail: Thumbnail,
): Promise<string> {
  const jpeg = await thumbnail(photo);
  const picture = jpeg
    ? `<img alt="" src="data:image/jpeg;base64,${jpeg.toString('base64')}">`
    : '<span class="none">no picture</span>';
  return `<figure class="${kind}">${picture}<figcaption>${escapeMarkup(photo)}<br>${escapeMarkup(says)}</figcaption></figure>`;
}
