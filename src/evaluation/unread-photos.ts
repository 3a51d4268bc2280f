import type { FailedPhoto } from './named-photo.js';

/** For an error about too few photos: how many could not be read, and why one of them; empty if all could. */
export function unreadText(failed: readonly FailedPhoto[]): string {
  const [first] = failed;
  return first ? ` ${failed.length} could not be read, ${first.name} for one: ${first.error.message}` : '';
}
