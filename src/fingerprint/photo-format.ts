import { ClaimprintError } from '../protocol/errors.js';

/** Formats that are decoded; of animated and multi-page files the first picture counts. */
export type PhotoFormat = 'jpeg' | 'png' | 'webp' | 'tiff' | 'gif' | 'avif' | 'heic';

/**
 * Tells a photo's format from its first bytes; a file name is never asked.
 * @throws UNDECODABLE if the file is empty, UNSUPPORTED if it is no photo that Claimprint decodes.
 */
export function sniffPhotoFormat(bytes: Uint8Array): PhotoFormat {
  if (bytes.length === 0) throw new ClaimprintError('UNDECODABLE', 'The file is empty.');
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 512)).toString('latin1');
  if (head.startsWith('\xff\xd8')) return 'jpeg';
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (head.startsWith('GIF87a') || head.startsWith('GIF89a')) return 'gif';
  if (head.startsWith('RIFF') && head.startsWith('WEBP', 8)) return 'webp';
  if (/^(II[*+]\0|MM\0[*+])/.test(head)) return 'tiff';
  if (head.startsWith('ftyp', 4)) return sniffIsoMedia(bytes, head);
  throw unsupported(
    `This is ${describe(head)}, not a photo in one of the formats JPEG, HEIC, PNG, WebP, TIFF, GIF or AVIF.`,
  );
}

/** AVIF and HEIC share a container; the brands in its first box tell them apart. */
function sniffIsoMedia(bytes: Uint8Array, head: string): PhotoFormat {
  const boxLength = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
  const brands = head.slice(8, Math.min(boxLength, head.length)).match(/.{4}/gs) ?? [];
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return 'avif';
  if (brands.some((brand) => /^(hei[cxms]|hev[cxms]|mif1|msf1)$/.test(brand))) return 'heic';
  throw unsupported('This is a video or another media file, not a photo.');
}

function describe(head: string): string {
  if (head.startsWith('%PDF')) return 'a PDF';
  if (head.startsWith('PK\x03\x04')) return 'a ZIP archive or an office document';
  if (/<svg[\s>]/i.test(head)) return 'an SVG drawing';
  if (head.startsWith('BM')) return 'a BMP picture';
  return 'another kind of file';
}

function unsupported(message: string): ClaimprintError {
  return new ClaimprintError('UNSUPPORTED', message);
}
