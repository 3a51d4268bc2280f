import { table } from '../cli/terminal.js';
import type { DemoReport } from './run-demo.js';

/** Insurer B's photos and what was found, with a summary below. */
export function demoTable({ photos, edited, unseen, hub }: DemoReport): string {
  const rows = photos.map(({ photo, edit, decision, probability, handle, firstSeen }) => [
    photo,
    edit ?? '(never seen)',
    decision,
    probability === null ? '' : `${Math.round(probability * 100)} %`,
    handle ?? '',
    firstSeen ?? '',
  ]);
  return [
    '',
    table(["insurer B's photo", 'edit', 'decision', 'probability', 'match', 'first seen'], rows),
    '',
    `edited copies found:   ${edited.found} of ${edited.total}`,
    `unseen photos flagged: ${unseen.flagged} of ${unseen.total}`,
    `the hub received ${(hub.bytesReceived / 1024).toFixed(0)} kB; images, names, claim numbers found in them: ${hub.leaks}`,
  ].join('\n');
}
