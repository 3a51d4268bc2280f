import type { FailedPhoto } from '../../evaluation/named-photo.js';
import { counted } from '../../platform/counted.js';
import { plain, say } from '../terminal.js';

/** One line on standard error for each photo that could not be used. */
export function sayFailed(failed: readonly FailedPhoto[]): void {
  for (const { name, error } of failed) say(`${plain(name)}: ${plain(error.message)} (${error.code})`);
}

/** One line for the photos of the queries' folder that nothing is known of. */
export function sayNotNamed(photos: number): void {
  if (photos > 0) say(`${counted(photos, 'photo')} among the queries left out: the truth file does not name them.`);
}

/** One line for the queries that cannot be judged, because nothing could be found for them. */
export function sayPartnersLost(queries: number): void {
  if (queries > 0)
    say(`${counted(queries, 'query', 'queries')} left out: no photo that they are copies of could be read.`);
}

/** Photos that could not be used, for `--json`. */
export function failedJson(failed: readonly FailedPhoto[]): { photo: string; code: string; message: string }[] {
  return failed.map(({ name, error: { code, message } }) => ({ photo: name, code, message }));
}
