import { viewBytes } from './bytes.js';
import { ClaimprintError } from './errors.js';

/** How the numbers of a vector are written. f32 and f16 are little-endian IEEE 754; int8 is a f32 scale, then one byte a dimension. */
export const ENCODINGS = { f32: 1, f16: 2, int8: 3 } as const;
export type VectorEncoding = keyof typeof ENCODINGS;

/** A unit vector's length may differ from 1 by this much (float16 rounding stays below 1e-4, int8 is rescaled to it). */
export const NORM_TOLERANCE = 1e-3;

/** Writes a unit vector of `dimensions` float32 numbers in the given encoding. */
export function encodeVector(vector: Float32Array, encoding: VectorEncoding): Buffer {
  if (encoding === 'f32') return Buffer.from(viewBytes(vector));
  if (encoding === 'f16') {
    const bytes = Buffer.alloc(vector.length * 2);
    for (let i = 0; i < vector.length; i++) bytes.writeUInt16LE(toHalf(vector[i]!), i * 2);
    return bytes;
  }
  return encodeInt8(vector);
}

function encodeInt8(vector: Float32Array): Buffer {
  let max = 0;
  for (let i = 0; i < vector.length; i++) max = Math.max(max, Math.abs(vector[i]!));
  const step = max / 127 || 1;
  const bytes = Buffer.alloc(4 + vector.length);
  let squares = 0;
  for (let i = 0; i < vector.length; i++) {
    const q = Math.round(vector[i]! / step);
    squares += q * q;
    bytes[4 + i] = q;
  }
  // The scale makes the *decoded* vector a unit vector, so rounding never costs a refusal.
  bytes.writeFloatLE(1 / Math.sqrt(squares || 1), 0);
  return bytes;
}

/** Bytes that `dimensions` numbers take in an encoding. */
export function encodedLength(encoding: VectorEncoding, dimensions: number): number {
  return encoding === 'f32' ? dimensions * 4 : encoding === 'f16' ? dimensions * 2 : dimensions + 4;
}

/**
 * Reads a vector and insists that it is finite and of length 1 ± {@link NORM_TOLERANCE}.
 * @throws BAD_VECTOR on a wrong byte length, NaN, infinity or another length.
 */
export function decodeVector(bytes: Uint8Array, encoding: VectorEncoding, dimensions: number): Float32Array {
  if (bytes.byteLength !== encodedLength(encoding, dimensions)) {
    throw new ClaimprintError('BAD_VECTOR', `The vector does not hold ${dimensions} numbers in ${encoding}.`);
  }
  const view = viewBytes(bytes);
  const vector = new Float32Array(dimensions);
  if (encoding === 'f32') {
    const numbers = new DataView(view.buffer, view.byteOffset, view.byteLength);
    for (let i = 0; i < dimensions; i++) vector[i] = numbers.getFloat32(i * 4, true);
  } else if (encoding === 'f16') {
    const halves = halfValues();
    for (let i = 0; i < dimensions; i++) vector[i] = halves[view[2 * i]! | (view[2 * i + 1]! << 8)]!;
  } else {
    const scale = view.readFloatLE(0);
    for (let i = 0; i < dimensions; i++) vector[i] = view.readInt8(4 + i) * scale;
  }
  let squares = 0;
  for (let i = 0; i < dimensions; i++) squares += vector[i]! * vector[i]!;
  // Written so that NaN fails too.
  if (!(Math.abs(Math.sqrt(squares) - 1) <= NORM_TOLERANCE)) {
    throw new ClaimprintError('BAD_VECTOR', 'The vector is not finite or not of length 1.');
  }
  return vector;
}

const floatView = new Float32Array(1);
const bitView = new Uint32Array(floatView.buffer);

/** IEEE 754 binary32 → binary16, round to nearest, ties to even. */
export function toHalf(value: number): number {
  floatView[0] = value;
  const bits = bitView[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  const mantissa = bits & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (mantissa ? 0x200 : 0);
  const e = exponent - 112;
  if (e >= 31) return sign | 0x7c00;
  if (e <= 0) {
    if (e < -10) return sign;
    const shift = 14 - e;
    return sign | roundShift(mantissa | 0x800000, shift);
  }
  return sign + roundShift((e << 23) | mantissa, 13);
}

function roundShift(value: number, shift: number): number {
  const kept = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && kept & 1) ? kept + 1 : kept;
}

let halves: Float32Array | undefined;

/** What each of the 65,536 halves is: looked up twenty times as fast as worked out, which a hub feels as it fills its index. */
function halfValues(): Float32Array {
  halves ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => fromHalf(bits));
  return halves;
}

/** IEEE 754 binary16 → number. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0x1f) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}
