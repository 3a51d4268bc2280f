import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyCheck } from '../../../src/fingerprint/seal-key.js';
import { createSealer } from '../../../src/fingerprint/sealing.js';
import { parseCsv } from '../../../src/node/intake/csv.js';
import { submissionItem } from '../../../src/node/outbox-items.js';
import { claimReference, photoReference } from '../../../src/node/references.js';
import { sealedLeaf } from '../../../src/node/sealed-leaf.js';
import { submissionDigest } from '../../../src/protocol/digest.js';
import { uuidV7 } from '../../../src/protocol/ids.js';
import { decodeLeaf } from '../../../src/protocol/leaf.js';
import { decodeVector } from '../../../src/protocol/vector.js';

const DIMENSIONS = 64;
const key = randomBytes(32);
const seal = createSealer({ profile: 'rotated', epoch: 1, key, keyCheck: keyCheck(key) }, DIMENSIONS);
const sealer = { ...seal, encoding: 'f16', sealsRegions: false } as const;
const secret = randomBytes(32);
const unitVector = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: DIMENSIONS, maxLength: DIMENSIONS })
  .filter((numbers) => Math.hypot(...numbers) > 0.1)
  .map((numbers) => Float32Array.from(numbers, (x) => x / Math.hypot(...numbers)));
const photo = fc.record({
  claim: fc.string({ minLength: 8, maxLength: 40, unit: 'grapheme' }),
  content: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  embedding: unitVector,
});

function leafOf({
  claim,
  content,
  embedding,
}: {
  claim: string;
  content: Uint8Array;
  embedding: Float32Array;
}): Buffer {
  const ref = photoReference(secret, claim, content);
  const claimRef = claimReference(secret, claim);
  return sealedLeaf(
    { ref, claimRef, lineOfBusiness: 'MOTOR', fingerprint: { embedding }, addedAtMs: Date.now() },
    sealer,
  );
}

describe('what goes out for a photo', () => {
  it('is a valid leaf whose vectors keep their cosines, without claim, content or plain vector', () => {
    fc.assert(
      fc.property(photo, photo, (a, b) => {
        const [leafA, leafB] = [leafOf(a), leafOf(b)];
        const [vectorA, vectorB] = [leafA, leafB].map((leaf) => {
          const [part] = decodeLeaf(leaf).parts;
          return decodeVector(part!.bytes, part!.encoding, DIMENSIONS);
        });
        expect(Math.abs(dot(vectorA!, vectorB!) - dot(a.embedding, b.embedding))).toBeLessThan(2e-3);
        expect(leafA.includes(Buffer.from(a.claim))).toBe(false);
        expect(leafA.includes(Buffer.from(a.content))).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  it('differs from time to time for the same photo, but under the same reference', () => {
    fc.assert(
      fc.property(photo, (a) => {
        expect(leafOf(a).equals(leafOf(a))).toBe(false);
        expect(decodeLeaf(leafOf(a)).ref).toEqual(decodeLeaf(leafOf(a)).ref);
      }),
      { numRuns: 20 },
    );
  });

  it('is sent as the bytes that the digest signs', () => {
    fc.assert(
      fc.property(fc.array(photo, { minLength: 1, maxLength: 5 }), (photos) => {
        const item = submissionItem('cp1:x', photos.map(leafOf), uuidV7());
        const { entries } = JSON.parse(item.variables).input as { entries: string[] };
        const sent = entries.map((entry) => Buffer.from(entry, 'base64'));
        expect(submissionDigest(sent)).toEqual(item.digest);
        expect(item.count).toBe(photos.length);
      }),
      { numRuns: 20 },
    );
  });
});

describe('a list of claims', () => {
  it('comes back from CSV as it was written', () => {
    const cell = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).map((text) => `x${text}x`);
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), (rows) => {
        const text = rows.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(',')).join('\r\n');
        expect(parseCsv(text)).toEqual(rows);
      }),
    );
  });
});

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0);
}
