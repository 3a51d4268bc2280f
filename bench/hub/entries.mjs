import { createHash } from 'node:crypto';
import { loadManifest } from '../../dist/platform/manifest-file.js';
import { ownEntryId } from '../../dist/protocol/ids.js';
import { encodeLeaf } from '../../dist/protocol/leaf.js';
import { formatSpaceId } from '../../dist/protocol/space.js';
import { encodeVector } from '../../dist/protocol/vector.js';
import { vectorSource } from '../vectors.mjs';

/** Submissions go to them in turn. */
export const TENANTS = ['insurer-1', 'insurer-2', 'insurer-3', 'insurer-4'];

const EXPIRES_AT = Math.floor(Date.now() / 1000) + 3 * 365 * 86_400;
const manifest = loadManifest();
export const SPACE = formatSpaceId({
  model: manifest.model.sha256,
  preprocessing: manifest.preprocessing,
  whitening: manifest.whitening ?? undefined,
  profile: 'rotated',
  epoch: 1,
  keyCheck: '0011223344556677',
});

/** Which tenant submits entry `i`. */
export const tenantOf = (i, batch) => TENANTS[Math.floor(i / batch) % TENANTS.length];

export const entryId = (i, batch) => ownEntryId(tenantOf(i, batch), sha256(`photo ${i}`), SPACE);

/**
 * The entries of a run: first the real photos, then the mixed ones. Searched for are by turns a real edited copy and a
 * copy of a mixed one.
 * @param records of the cache that the run began with, in its other threads
 */
export function entrySource(records) {
  const source = vectorSource(records);
  const { photos } = source;
  const vectorInto = (target, i) => {
    if (i >= photos.length) return source.vectorInto(target, i);
    target.set(photos[i].original);
    return target;
  };
  const query = (q, entries) => {
    const turn = Math.floor(q / 2);
    const real = Math.min(photos.length, entries);
    if (q % 2 === 0 && real > 0) {
      const { copies } = photos[(turn * 37) % real];
      return { kind: 'real', vector: copies[turn % copies.length] };
    }
    const mixed = entries - real;
    return { kind: 'mixed', vector: source.copy(mixed > 0 ? real + ((turn * 7919) % mixed) : turn % entries) };
  };
  const { description, dimensions, real: bases } = source;
  return { description, dimensions, records: bases, real: photos.length, vectorInto, query };
}

/** A leaf as nodes send it: one part in float16. */
export function leafOf(vector, name) {
  const ref = sha256(name);
  return encodeLeaf({
    ref,
    claimRef: claimOf(name),
    lineOfBusiness: 'MOTOR',
    expiresAt: EXPIRES_AT,
    // As photos have it, or the vectors would be matches of one another.
    offset: 200_000,
    salt: sha256(`salt of ${name}`).subarray(0, 16),
    parts: [{ kind: 0, encoding: 'f16', bytes: encodeVector(vector, 'f16') }],
  });
}

export const claimOf = (name) => sha256(`claim of ${name}`);

function sha256(text) {
  return createHash('sha256').update(text).digest();
}
