import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ClaimprintError } from '../../protocol/errors.js';

const require = createRequire(import.meta.url);

/** Address within the library's memory, or an opaque handle that is one. */
export type Pointer = number;

/**
 * What is called of libheif 1.23's C interface, as WebAssembly: a function that returns a `heif_error` takes the address
 * to write it to as its first argument. Source: libheif/api/libheif/*.h.
 */
export interface Libheif {
  /** Replaced whenever the memory grows: never keep it over a call. */
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): Pointer;
  _free(address: Pointer): void;
  _heif_context_alloc(): Pointer;
  _heif_context_free(context: Pointer): void;
  /** At most `maxWidth`² pixels. */
  _heif_context_set_maximum_image_size_limit(context: Pointer, maxWidth: number): void;
  _heif_context_read_from_memory_without_copy(
    error: Pointer,
    context: Pointer,
    file: Pointer,
    bytes: number,
    options: 0,
  ): void;
  _heif_context_get_primary_image_handle(error: Pointer, context: Pointer, handleOut: Pointer): void;
  _heif_context_has_sequence(context: Pointer): number;
  _heif_image_handle_get_width(handle: Pointer): number;
  _heif_image_handle_get_height(handle: Pointer): number;
  _heif_image_handle_has_alpha_channel(handle: Pointer): number;
  _heif_image_handle_get_raw_color_profile_size(handle: Pointer): number;
  _heif_image_handle_get_raw_color_profile(error: Pointer, handle: Pointer, out: Pointer): void;
  _heif_image_handle_release(handle: Pointer): void;
  _heif_decoding_options_alloc(): Pointer;
  _heif_decoding_options_free(options: Pointer): void;
  _heif_decode_image(
    error: Pointer,
    handle: Pointer,
    imageOut: Pointer,
    colourSpace: number,
    chroma: number,
    options: Pointer,
  ): void;
  _heif_image_get_width(image: Pointer, channel: number): number;
  _heif_image_get_height(image: Pointer, channel: number): number;
  _heif_image_get_plane_readonly(image: Pointer, channel: number, strideOut: Pointer): Pointer;
  _heif_image_release(image: Pointer): void;
}

type Factory = (options: { wasmBinary: Uint8Array; print(): void; printErr(): void }) => Libheif;

/**
 * Starts the library with a memory of its own; what it would print goes nowhere.
 * @throws UNSUPPORTED if an operator has taken it out
 */
export function startLibheif(): Libheif {
  let program: string;
  try {
    program = require.resolve('libheif-js/libheif-wasm/libheif.js');
  } catch (cause) {
    const message = 'HEIC photos are not decoded here, because the package libheif-js was left out.';
    throw new ClaimprintError('UNSUPPORTED', message, { cause });
  }
  const factory = require(program) as Factory;
  const wasmBinary = readFileSync(require.resolve('libheif-js/libheif-wasm/libheif.wasm'));
  return factory({ wasmBinary, print: () => undefined, printErr: () => undefined });
}
