import { ClaimprintError } from '../../protocol/errors.js';

export const PROFILE_OPTION = [
  '--profile <name>',
  'how vectors are sealed: plain (rotated changes no score) or projected',
  'plain',
] as const;

/** Which fit of a manifest is meant. @throws BAD_REQUEST */
export function fittedProfile(text: string): 'plain' | 'projected' {
  if (text === 'plain' || text === 'projected') return text;
  const message = `${JSON.stringify(text)} has no fit of its own: plain, whose numbers hold for rotated too, or projected.`;
  throw new ClaimprintError('BAD_REQUEST', message);
}
