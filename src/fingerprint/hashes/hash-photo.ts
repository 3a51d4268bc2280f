import { averageHash } from './average-hash.js';
import type { HashConvention } from './convention.js';
import { differenceHash } from './difference-hash.js';
import type { HashHex } from './hash-bits.js';
import { pdqHash } from './pdq-hash.js';
import { perceptualHash } from './perceptual-hash.js';
import type { Raster } from './resize-lanczos.js';
import { waveletHash } from './wavelet-hash.js';

/** The perceptual hashes and their lengths in bits. */
export const HASH_BITS = { ahash: 64, dhash: 64, phash: 64, whash: 64, pdq: 256 } as const;
export type HashName = keyof typeof HASH_BITS;
export const HASH_NAMES = Object.keys(HASH_BITS) as readonly HashName[];

export interface HashRequest {
  readonly names: readonly HashName[];
  /** For all but PDQ, of which there is one definition; `imagehash` if not given. */
  readonly convention?: HashConvention | undefined;
}

/** The hashes that were asked for. */
export type PhotoHashes = Readonly<Partial<Record<HashName, HashHex>>> & {
  /** 0 to 100, beside a PDQ hash: how much there is to see. */
  readonly pdqQuality?: number;
  /** The photo was scaled down before, for it was too large: the reference implementations give others by a few bits. */
  readonly scaled?: true;
};

/** Computes hashes of an RGB picture, three bytes a pixel. */
export function hashPhoto(rgb: Raster, { names, convention }: HashRequest): PhotoHashes {
  const pdq = names.includes('pdq') ? pdqHash(rgb) : undefined;
  return {
    ...(names.includes('ahash') && { ahash: averageHash(rgb, convention) }),
    ...(names.includes('dhash') && { dhash: differenceHash(rgb, convention) }),
    ...(names.includes('phash') && { phash: perceptualHash(rgb, convention) }),
    ...(names.includes('whash') && { whash: waveletHash(rgb, convention) }),
    ...(pdq && { pdq: pdq.hash, pdqQuality: pdq.quality }),
  };
}

/** Reads hashes from an untrusted value. @returns undefined if it holds anything but hashes */
export function parseHashes(value: unknown): PhotoHashes | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const isHash = ([name, hash]: [string, unknown]): boolean =>
    name === 'scaled'
      ? hash === true
      : name === 'pdqQuality'
        ? Number.isInteger(hash) && (hash as number) >= 0 && (hash as number) <= 100
        : Object.hasOwn(HASH_BITS, name) &&
          typeof hash === 'string' &&
          hash.length === HASH_BITS[name as HashName] / 4 &&
          /^[0-9a-f]+$/.test(hash);
  return Object.entries(value).every(isHash) ? (value as PhotoHashes) : undefined;
}
