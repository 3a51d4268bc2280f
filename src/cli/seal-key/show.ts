import type { SealKeyDescription } from '../../node/seals/seal-commands.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { SEAL_PROFILES, type SealProfile } from '../../protocol/space.js';
import { print, printJson } from '../terminal.js';

/** @throws BAD_REQUEST */
export function parseProfile(text: string): SealProfile {
  const profile = SEAL_PROFILES.find((known) => known === text);
  if (profile) return profile;
  throw new ClaimprintError('BAD_REQUEST', `${JSON.stringify(text)} is none of ${SEAL_PROFILES.join(', ')}.`);
}

/** What is no number becomes NaN, which no key is made for. */
export function parseEpoch(text: string): number {
  return /^[1-9]\d{0,5}$/.test(text) ? Number(text) : Number.NaN;
}

/** Says that a key was made, and nothing that must stay secret. */
export function showMade(file: string, made: SealKeyDescription, json: boolean | undefined): void {
  const { profile, epoch, keyCheck } = made;
  if (json) printJson({ file, profile, epoch, keyCheck });
  else print(`Wrote ${file}: ${described(made)}.\nHand it to the other members, never to the hub.`);
}

export function described({ profile, epoch, keyCheck }: SealKeyDescription): string {
  return `sealing key of epoch ${epoch}, ${profile}, key check ${spoken(keyCheck)}`;
}

/** In groups of four, to be read out. */
function spoken(text: string): string {
  return text.replace(/(.{4})(?=.)/g, '$1 ');
}
