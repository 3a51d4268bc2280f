import { decodeHeic, type HeicPicture } from './decode-heic.js';

/** Readers take a strip at a time. */
const STRIP_BYTES = 2 ** 18;
const HEADER_BYTES = 8;
const FIELD_BYTES = 12;
const [SHORT, LONG, UNDEFINED] = [3, 4, 7];
const BYTES_OF = { [SHORT!]: 2, [LONG!]: 4, [UNDEFINED!]: 1 };

interface Field {
  readonly tag: number;
  readonly type: number;
  readonly values: ArrayLike<number>;
}

/**
 * Rewrites a HEIC photo as an uncompressed TIFF that looks the same: upright, with its colour profile and transparency and
 * nothing else of what the file says. From there it goes the way of all formats.
 * @throws as `decodeHeic`
 */
export function heicToTiff(file: Uint8Array, maxPixels: number): Buffer {
  return decodeHeic(file, maxPixels, toTiff);
}

/** Source: TIFF 6.0, sections 2 and 18; profiles as in ICC.1, annex B. */
function toTiff(picture: HeicPicture): Buffer {
  const { width, height, channels, data, strideBytes, profile } = picture;
  const rowBytes = width * channels;
  const stripRows = Math.max(1, Math.floor(STRIP_BYTES / rowBytes));
  const strips = Math.ceil(height / stripRows);
  const offsets = new Array<number>(strips).fill(0);
  const lengths = offsets.map((_, i) => Math.min(stripRows, height - i * stripRows) * rowBytes);
  const fields: Field[] = [
    { tag: 256, type: LONG!, values: [width] },
    { tag: 257, type: LONG!, values: [height] },
    { tag: 258, type: SHORT!, values: new Array<number>(channels).fill(8) },
    { tag: 259, type: SHORT!, values: [1] },
    { tag: 262, type: SHORT!, values: [2] },
    { tag: 273, type: LONG!, values: offsets },
    { tag: 277, type: SHORT!, values: [channels] },
    { tag: 278, type: LONG!, values: [stripRows] },
    { tag: 279, type: LONG!, values: lengths },
    { tag: 284, type: SHORT!, values: [1] },
    ...(channels === 4 ? [{ tag: 338, type: SHORT!, values: [2] }] : []),
    ...(profile ? [{ tag: 34_675, type: UNDEFINED!, values: profile }] : []),
  ];
  const pixelsAt = headBytes(fields);
  for (let i = 0; i < strips; i++) offsets[i] = pixelsAt + i * stripRows * rowBytes;
  const tiff = Buffer.allocUnsafe(pixelsAt + rowBytes * height);
  writeHead(tiff, fields);
  for (let y = 0; y < height; y++) {
    tiff.set(data.subarray(y * strideBytes, y * strideBytes + rowBytes), pixelsAt + y * rowBytes);
  }
  return tiff;
}

/** Bytes of a field's values; up to four stand in the field itself, more of them behind all fields. */
function valueBytes({ type, values }: Field): number {
  return BYTES_OF[type]! * values.length;
}

function directoryEnd(fields: readonly Field[]): number {
  return HEADER_BYTES + 2 + fields.length * FIELD_BYTES + 4;
}

/** Bytes before the pixels. */
function headBytes(fields: readonly Field[]): number {
  const outside = fields.map(valueBytes).filter((bytes) => bytes > 4);
  return directoryEnd(fields) + outside.reduce((sum, bytes) => sum + bytes + (bytes & 1), 0);
}

function writeHead(tiff: Buffer, fields: readonly Field[]): void {
  tiff.fill(0, 0, headBytes(fields));
  tiff.write('II*\0', 'latin1');
  tiff.writeUInt32LE(HEADER_BYTES, 4);
  tiff.writeUInt16LE(fields.length, HEADER_BYTES);
  let outsideAt = directoryEnd(fields);
  fields.forEach((field, i) => {
    const at = HEADER_BYTES + 2 + i * FIELD_BYTES;
    tiff.writeUInt16LE(field.tag, at);
    tiff.writeUInt16LE(field.type, at + 2);
    tiff.writeUInt32LE(field.values.length, at + 4);
    const bytes = valueBytes(field);
    let to = at + 8;
    if (bytes > 4) {
      tiff.writeUInt32LE(outsideAt, to);
      to = outsideAt;
      outsideAt += bytes + (bytes & 1);
    }
    const size = BYTES_OF[field.type]!;
    for (let v = 0; v < field.values.length; v++) tiff.writeUIntLE(field.values[v]!, to + v * size, size);
  });
}
