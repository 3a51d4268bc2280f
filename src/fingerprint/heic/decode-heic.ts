import { ClaimprintError } from '../../protocol/errors.js';
import { checkPhotoSize } from '../photo-size.js';
import { type Libheif, type Pointer, startLibheif } from './libheif.js';

/** An upright picture at its full size. */
export interface HeicPicture {
  readonly width: number;
  readonly height: number;
  /** 3: red, green, blue; 4: and alpha. */
  readonly channels: 3 | 4;
  /** Rows of `strideBytes` bytes, of which the first `width × channels` count. Valid until the next picture is decoded. */
  readonly data: Uint8Array;
  readonly strideBytes: number;
  /** ICC profile of the colours; sRGB without. */
  readonly profile?: Uint8Array | undefined;
}

/** Values of libheif's enumerations. */
const COLOUR_SPACE_RGB = 1;
const CHROMA_INTERLEAVED = { 3: 10, 4: 11 };
const CHANNEL_INTERLEAVED = 10;
const UNSUPPORTED_FILE_TYPE = 3;
const UNSUPPORTED_FEATURE = 4;
const NO_DECODER = 11;
const MEMORY_ALLOCATION = 6;
const SECURITY_LIMIT_EXCEEDED = 1000;
/** A byte of `heif_decoding_options`: tiles that are missing and the like are errors. */
const STRICT_DECODING_AT = 21;
/** Memory of WebAssembly only grows: after a photo that took more, the next one gets a fresh one. */
const MAX_KEPT_BYTES = 128 * 2 ** 20;
/** A colour profile of a camera has a few hundred bytes, of a printer a few million. */
const MAX_PROFILE_BYTES = 4 * 2 ** 20;

let kept: Libheif | undefined;

/**
 * Decodes the main picture of a HEIC file (HEVC in HEIF), turned and mirrored as the file says: EXIF orientation is only
 * another copy of that and does not count. Of a sequence it is the first picture. Colours stay those of
 * its profile.
 * @param use gets the picture while it lies in the library's memory
 * @throws TOO_LARGE, TOO_SMALL before any pixel is decoded; UNSUPPORTED, UNDECODABLE, DECODE_FAILED
 */
export function decodeHeic<Result>(file: Uint8Array, maxPixels: number, use: (picture: HeicPicture) => Result): Result {
  kept ??= startLibheif();
  const library = kept;
  // Unless all goes well, nobody knows what state it is in.
  kept = undefined;
  const reader = new HeicReader(library);
  try {
    const result = use(reader.read(file, maxPixels));
    if (library.HEAPU8.length <= MAX_KEPT_BYTES) kept = library;
    return result;
  } catch (cause) {
    if (cause instanceof ClaimprintError && library.HEAPU8.length <= MAX_KEPT_BYTES) kept = library;
    if (cause instanceof ClaimprintError) throw cause;
    // What C++ throws is a number, and what WebAssembly runs into, a RuntimeError: there was no memory, as a rule.
    throw new ClaimprintError(
      'DECODE_FAILED',
      'The photo makes its decoder fail: it is damaged, or takes more memory than one photo may.',
      { cause },
    );
  } finally {
    if (kept) reader.release();
  }
}

/** One photo in the library's memory. */
class HeicReader {
  private readonly library: Libheif;
  private readonly releases: (() => void)[] = [];
  /** Three words for a `heif_error`, one for what a function gives back. */
  private readonly error: Pointer;
  private readonly out: Pointer;

  constructor(library: Libheif) {
    this.library = library;
    this.error = this.allocate(16);
    this.out = this.error + 12;
  }

  read(file: Uint8Array, maxPixels: number): HeicPicture {
    const handle = this.open(file, maxPixels);
    const { library } = this;
    const width = library._heif_image_handle_get_width(handle);
    const height = library._heif_image_handle_get_height(handle);
    checkPhotoSize({ width, height }, maxPixels, 'decoded');
    const channels = library._heif_image_handle_has_alpha_channel(handle) ? 4 : 3;
    const profile = this.readProfile(handle);
    const image = this.decode(handle, channels);
    const isWhole =
      library._heif_image_get_width(image, CHANNEL_INTERLEAVED) === width &&
      library._heif_image_get_height(image, CHANNEL_INTERLEAVED) === height;
    const plane = library._heif_image_get_plane_readonly(image, CHANNEL_INTERLEAVED, this.out);
    const strideBytes = this.word(this.out);
    if (!isWhole || plane === 0 || strideBytes < width * channels) throw damaged();
    const data = library.HEAPU8.subarray(plane, plane + strideBytes * (height - 1) + width * channels);
    return { width, height, channels, data, strideBytes, ...(profile && { profile }) };
  }

  /** Gives its memory back, last first. */
  release(): void {
    for (const release of this.releases.splice(0).reverse()) release();
  }

  private open(file: Uint8Array, maxPixels: number): Pointer {
    const { library } = this;
    const address = this.allocate(file.byteLength);
    library.HEAPU8.set(file, address);
    const context = library._heif_context_alloc();
    this.releases.push(() => library._heif_context_free(context));
    library._heif_context_set_maximum_image_size_limit(context, Math.ceil(Math.sqrt(maxPixels)));
    library._heif_context_read_from_memory_without_copy(this.error, context, address, file.byteLength, 0);
    this.check();
    library._heif_context_get_primary_image_handle(this.error, context, this.out);
    if (this.word(this.error) !== 0 && library._heif_context_has_sequence(context)) {
      throw new ClaimprintError('UNSUPPORTED', 'This HEIF file holds a film alone, not a photo.');
    }
    this.check();
    const handle = this.word(this.out);
    this.releases.push(() => library._heif_image_handle_release(handle));
    return handle;
  }

  private decode(handle: Pointer, channels: 3 | 4): Pointer {
    const { library } = this;
    const options = library._heif_decoding_options_alloc();
    this.releases.push(() => library._heif_decoding_options_free(options));
    library.HEAPU8[options + STRICT_DECODING_AT] = 1;
    const chroma = CHROMA_INTERLEAVED[channels];
    library._heif_decode_image(this.error, handle, this.out, COLOUR_SPACE_RGB, chroma, options);
    this.check();
    const image = this.word(this.out);
    this.releases.push(() => library._heif_image_release(image));
    return image;
  }

  private readProfile(handle: Pointer): Uint8Array | undefined {
    const bytes = this.library._heif_image_handle_get_raw_color_profile_size(handle);
    if (bytes === 0) return undefined;
    if (bytes > MAX_PROFILE_BYTES) throw damaged();
    const address = this.allocate(bytes);
    this.library._heif_image_handle_get_raw_color_profile(this.error, handle, address);
    this.check();
    return this.library.HEAPU8.slice(address, address + bytes);
  }

  private allocate(bytes: number): Pointer {
    const address = this.library._malloc(bytes);
    if (address === 0) throw tooMuchMemory();
    this.releases.push(() => this.library._free(address));
    return address;
  }

  private word(address: Pointer): number {
    const { buffer, byteOffset } = this.library.HEAPU8;
    return new DataView(buffer, byteOffset).getUint32(address, true);
  }

  /** @throws what the last call's `heif_error` means */
  private check(): void {
    const [code, subcode] = [this.word(this.error), this.word(this.error + 4)];
    if (code === 0) return;
    if (code === UNSUPPORTED_FILE_TYPE || code === UNSUPPORTED_FEATURE || code === NO_DECODER) {
      throw new ClaimprintError(
        'UNSUPPORTED',
        'The picture in this HEIF file is coded in a way that is not decoded here.',
      );
    }
    if (code === MEMORY_ALLOCATION && subcode !== SECURITY_LIMIT_EXCEEDED) throw tooMuchMemory();
    throw damaged();
  }
}

function damaged(): ClaimprintError {
  return new ClaimprintError('UNDECODABLE', 'The photo is damaged or cut off and cannot be decoded.');
}

function tooMuchMemory(): ClaimprintError {
  return new ClaimprintError('DECODE_FAILED', 'Decoding the photo takes more memory than one photo may.');
}
