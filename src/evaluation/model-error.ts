import type { ClaimprintError, ErrorCode } from '../protocol/errors.js';

const OF_THE_MODEL: ReadonlySet<ErrorCode> = new Set([
  'BAD_MODEL',
  'MODEL_MISSING',
  'MODEL_MISMATCH',
  'BAD_MANIFEST',
  'PROVIDER_UNUSABLE',
]);

/** Whether an error that stands in the place of a photo's fingerprint says nothing of the photo: the next would meet it too. */
export function isModelError({ code }: ClaimprintError): boolean {
  return OF_THE_MODEL.has(code);
}
