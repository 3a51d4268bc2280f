import type { RegionVectors } from '../../fingerprint/model.js';
import { EVIDENCE_REGIONS, REGION_ENCODING } from '../../protocol/part-kinds.js';
import { decodeVector, encodedLength, encodeVector } from '../../protocol/vector.js';

/** The vectors of a photo's regions, one behind the other: first by content, then by texture. */
export function encodeRegions({ content, texture }: RegionVectors): Buffer {
  return Buffer.concat([...content, ...texture].map((vector) => encodeVector(vector, REGION_ENCODING)));
}

/** @throws BAD_VECTOR */
export function decodeRegions(bytes: Buffer, dimensions: number): RegionVectors {
  const length = encodedLength(REGION_ENCODING, dimensions);
  const at = (i: number) => decodeVector(bytes.subarray(i * length, (i + 1) * length), REGION_ENCODING, dimensions);
  return {
    content: EVIDENCE_REGIONS.map((_, i) => at(i)),
    texture: EVIDENCE_REGIONS.map((_, i) => at(EVIDENCE_REGIONS.length + i)),
  };
}
