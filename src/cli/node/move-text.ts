import type { MoveReport } from '../../node/status.js';
import { counted } from '../../platform/counted.js';

/** Says how far a node is with moving its photos to a newer space, and what a person has to do. */
export function moveText({ to, taken, waiting, unread, unsearched, refused }: MoveReport): string {
  const kept = refused > 0 ? ` ${refused} refused there by the hub: the older space must not be retired yet.` : '';
  if (unsearched.length > 0) {
    const files = unread > 0 ? ` Seen by another model, so that their files must be read again: ${unread}.` : '';
    const older =
      waiting > 0
        ? `${counted(waiting, 'photo')} still in an older space, which this version does not search: \`claimprint node reseal\` moves them to ${to}.${files}`
        : `All photos that can be moved are in ${to}; their older copies stay until that space is retired, or \`claimprint node reseal --leave\`.`;
    return older + kept;
  }
  if (taken) return `This node moves to ${to}: ${waiting} photos still wait.${kept}`;
  return (
    `${counted(waiting, 'photo')} still in an older space; the hub does not take ${to} yet: its operator pins it with \`hub space add\`. ` +
    'Where the key is the same and only the manifest is new, `claimprint node reseal` opens it too.'
  );
}
