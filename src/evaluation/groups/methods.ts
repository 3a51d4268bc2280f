import { SHAZIM_ACCEPTED } from '../../decision/shazim-score.js';
import { SIGNAL_RULES } from '../../decision/signal-rules.js';
import { HASH_BITS, HASH_NAMES, type HashName } from '../../fingerprint/hashes/hash-photo.js';
import { ClaimprintError } from '../../protocol/errors.js';
import type { SpaceManifest } from '../../protocol/manifest.js';

/** A way of finding what is alike in a folder. */
export interface GroupMethod {
  readonly name: string;
  /** Hashes that it needs of a photo. */
  readonly hashes: readonly HashName[];
  /** Whether it needs the model's embedding. */
  readonly embeds: boolean;
  /** What its threshold counts: differing bits, at most so many; or a score or similarity, at least so much. */
  readonly unit: 'bits' | 'score' | 'similarity';
  readonly threshold: number;
}

const hashMethods: GroupMethod[] = HASH_NAMES.map((name) => ({
  name,
  hashes: [name],
  embeds: false,
  unit: 'bits',
  threshold: Math.round(SIGNAL_RULES[name].thresholds.duplicate * HASH_BITS[name]),
}));

export const GROUP_METHODS: readonly string[] = ['sscd', ...HASH_NAMES, 'shazim'];

/**
 * A method with its threshold.
 * @param threshold its own unless given
 * @throws BAD_REQUEST
 */
export function groupMethod(name: string, threshold: number | undefined, manifest: SpaceManifest): GroupMethod {
  const methods: GroupMethod[] = [
    { name: 'sscd', hashes: [], embeds: true, unit: 'score', threshold: manifest.decision.duplicate },
    ...hashMethods,
    { name: 'shazim', hashes: ['ahash', 'dhash'], embeds: true, unit: 'similarity', threshold: SHAZIM_ACCEPTED },
  ];
  const method = methods.find((one) => one.name === name);
  if (!method) {
    throw new ClaimprintError(
      'BAD_REQUEST',
      `No method is called ${JSON.stringify(name)}; there are ${GROUP_METHODS.join(', ')}.`,
    );
  }
  if (threshold === undefined) return method;
  const bits = method.unit === 'bits' ? HASH_BITS[method.hashes[0]!] : undefined;
  const fits = bits === undefined ? threshold <= 1 : Number.isInteger(threshold) && threshold <= bits;
  if (fits && threshold >= 0) return { ...method, threshold };
  const range =
    bits === undefined ? `a ${method.unit} from 0 to 1` : `the bits that may differ, a whole number from 0 to ${bits}`;
  throw new ClaimprintError('BAD_REQUEST', `The threshold of ${name} is ${range}, not ${threshold}.`);
}
