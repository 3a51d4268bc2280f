import { createCipheriv, hkdfSync } from 'node:crypto';

/**
 * Orthonormal rows drawn uniformly (by Haar's measure) from a secret key, one row after another: the Q of the QR
 * decomposition of a Gaussian matrix with a positive diagonal in R (Mezzadri, Notices of the AMS 54, 2007). As many rows
 * as dimensions are a rotation or a reflected one; fewer are a projection. The numbers are the same bit for bit wherever
 * this runs: V8 brings its own logarithm and sine, and all else is IEEE 754 in a fixed order.
 * @param info names what the matrix is for; another text gives an independent matrix.
 */
export function haarRows(key: Uint8Array, info: string, rows: number, dimensions: number): Float64Array {
  const matrix = gaussians(key, info, rows * dimensions);
  orthonormaliseRows(matrix, rows, dimensions);
  return matrix;
}

/** Standard normal numbers by Box and Muller from an AES-256-CTR key stream. `count` is rounded up to an even number. */
function gaussians(key: Uint8Array, info: string, count: number): Float64Array {
  const streamKey = new Uint8Array(hkdfSync('sha256', key, new Uint8Array(0), info, 32));
  const pairs = Math.ceil(count / 2);
  const stream = createCipheriv('aes-256-ctr', streamKey, new Uint8Array(16)).update(Buffer.alloc(pairs * 16));
  const numbers = new Float64Array(pairs * 2);
  for (let i = 0; i < pairs * 2; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(uniform(stream, i * 8)));
    const angle = 2 * Math.PI * uniform(stream, i * 8 + 8);
    numbers[i] = radius * Math.cos(angle);
    numbers[i + 1] = radius * Math.sin(angle);
  }
  return numbers.subarray(0, count);
}

/** The 53 high bits of eight big-endian bytes as a number in (0, 1): never 0, whose logarithm would be infinite. */
function uniform(bytes: Buffer, at: number): number {
  const high = bytes.readUInt32BE(at);
  const low = bytes.readUInt32BE(at + 4) >>> 11;
  return (high * 2 ** 21 + low + 0.5) / 2 ** 53;
}

/**
 * Modified Gram–Schmidt in place. It divides by lengths, which are positive, so the sign that the Haar measure asks for
 * comes by itself; and it walks along rows, which lie side by side in memory. The error is about 1e-16 times the
 * condition number, which for a Gaussian matrix of this size is some thousands.
 */
function orthonormaliseRows(matrix: Float64Array, rows: number, n: number): void {
  const all = Array.from({ length: rows }, (_, i) => matrix.subarray(i * n, (i + 1) * n));
  // Four by four, which then stay in the processor's cache while all rows before them pass by.
  for (let first = 0; first < rows; first += 4) {
    const four = all.slice(first, first + 4);
    if (four.length === 4) {
      const [a, b, c, d] = four as [Float64Array, Float64Array, Float64Array, Float64Array];
      for (let i = 0; i < first; i++) straightenFour(all[i]!, a, b, c, d);
    } else {
      for (const row of four) for (let i = 0; i < first; i++) straighten(all[i]!, row);
    }
    for (const [i, row] of four.entries()) {
      const scale = 1 / Math.sqrt(dot(row, row));
      for (let k = 0; k < n; k++) row[k]! *= scale;
      for (const other of four.slice(i + 1)) straighten(row, other);
    }
  }
}

/** Takes from a row what lies along another one of length 1. */
function straighten(row: Float64Array, other: Float64Array): void {
  const along = dot(row, other);
  for (let k = 0; k < row.length; k++) other[k]! -= along * row[k]!;
}

/** The same of four at once: sums that do not wait for one another take a third of the time, and are the same bit for bit. */
function straightenFour(row: Float64Array, a: Float64Array, b: Float64Array, c: Float64Array, d: Float64Array): void {
  let [alongA, alongB, alongC, alongD] = [0, 0, 0, 0];
  for (let k = 0; k < row.length; k++) {
    const x = row[k]!;
    alongA += x * a[k]!;
    alongB += x * b[k]!;
    alongC += x * c[k]!;
    alongD += x * d[k]!;
  }
  for (let k = 0; k < row.length; k++) {
    const x = row[k]!;
    a[k]! -= alongA * x;
    b[k]! -= alongB * x;
    c[k]! -= alongC * x;
    d[k]! -= alongD * x;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
