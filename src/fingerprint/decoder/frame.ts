import type { DecodedPhoto, PartRequest } from '../decode.js';
import { parseHashes } from '../hashes/hash-photo.js';
import type { Size } from '../model-size.js';
import type { PhotoFormat } from '../photo-format.js';
import { TILE_PLACES, type Tile } from '../tiles.js';

/**
 * What node and decoder say to each other on a pipe. A request is `u32 length ‖ JSON ‖ u32 length ‖ photo file`; its JSON
 * says what is wanted beside the whole photo. An answer is `u32 length ‖ JSON ‖ pixels`; its JSON says how many bytes of
 * pixels follow, the tiles' behind the whole photo's. The first answer says that it is ready.
 */

const LENGTH_BYTES = 4;
/** JSON of an answer is a few numbers or one sentence. */
const MAX_JSON_BYTES = 4096;

export type AnswerHead = { readonly ready: true } | { readonly code: string; readonly message: string } | PictureHead;

export interface PictureHead extends Omit<DecodedPhoto, 'data' | 'tiles'> {
  /** Of all pixels that follow. */
  readonly bytes: number;
  readonly tiles?: readonly TileHead[] | undefined;
}

type TileHead = Omit<Tile, 'data'>;

/** A photo that is to be decoded. */
export interface DecodeRequest {
  readonly photo: Uint8Array;
  readonly parts: PartRequest;
}

export interface Answer {
  readonly head: AnswerHead;
  readonly pixels: Buffer;
}

function lengthPrefix(length: number): Buffer {
  const prefix = Buffer.allocUnsafe(LENGTH_BYTES);
  prefix.writeUInt32BE(length);
  return prefix;
}

/** All of a request but the photo's bytes, which need not be copied. */
export function encodeRequest({ photo, parts }: DecodeRequest): Buffer {
  return Buffer.concat([encodeJson(parts), lengthPrefix(photo.byteLength)]);
}

export function encodeHead(head: AnswerHead): Buffer {
  return encodeJson(head);
}

function encodeJson(value: object): Buffer {
  const json = Buffer.from(JSON.stringify(value));
  return Buffer.concat([lengthPrefix(json.length), json]);
}

/** The head of a photo, and the pixels that go with it. */
export function encodePicture({ data, tiles, ...photo }: DecodedPhoto): [Buffer, ...Uint8Array[]] {
  const pixels = [data, ...(tiles ?? []).map((tile) => tile.data)];
  const bytes = pixels.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const heads = tiles?.map(({ place, width, height }) => ({ place, width, height }));
  return [encodeHead({ ...photo, bytes, ...(heads && { tiles: heads }) }), ...pixels];
}

/** A photo as its head and pixels say it is. */
export function toPicture({ bytes: _bytes, tiles, ...photo }: PictureHead, pixels: Buffer): DecodedPhoto {
  let at = 0;
  const next = (size: Size): Buffer => {
    at += bytesOf(size);
    return pixels.subarray(at - bytesOf(size), at);
  };
  const data = next(photo);
  return { ...photo, data, ...(tiles && { tiles: tiles.map((tile) => ({ ...tile, data: next(tile) })) }) };
}

/** Collects a number of bytes from chunks of any size, each copied once. */
export class Collector {
  private readonly target: Buffer;
  private filled = 0;

  constructor(bytes: number) {
    this.target = Buffer.allocUnsafeSlow(bytes);
  }

  /** Takes what it needs from a chunk. @returns the rest */
  take(chunk: Buffer): Buffer {
    const taken = Math.min(chunk.length, this.target.length - this.filled);
    chunk.copy(this.target, this.filled, 0, taken);
    this.filled += taken;
    return chunk.subarray(taken);
  }

  /** All of it, once it is there. */
  get whole(): Buffer | undefined {
    return this.filled === this.target.length ? this.target : undefined;
  }
}

/** Reads requests in the decoder. */
export class RequestReader {
  private parts = new SizedCollector();
  private photo = new SizedCollector();

  /** @returns a request when a chunk brings its last byte; node sends one at a time */
  read(chunk: Buffer): DecodeRequest | undefined {
    this.photo.take(this.parts.take(chunk));
    const { whole } = this.photo;
    if (!whole) return undefined;
    const request = { photo: whole, parts: JSON.parse(this.parts.whole!.toString()) as PartRequest };
    this.parts = new SizedCollector();
    this.photo = new SizedCollector();
    return request;
  }
}

/** Collects what comes behind its length. */
class SizedCollector {
  private readonly length = new Collector(LENGTH_BYTES);
  private content: Collector | undefined;

  /** Takes what it needs from a chunk. @returns the rest */
  take(chunk: Buffer): Buffer {
    const rest = this.length.take(chunk);
    if (!this.content && this.length.whole) this.content = new Collector(this.length.whole.readUInt32BE());
    return this.content ? this.content.take(rest) : rest;
  }

  get whole(): Buffer | undefined {
    return this.content?.whole;
  }
}

/** Reads answers in the node, which trusts no byte of them: whoever wrote the photo may have taken the decoder over. */
export class AnswerReader {
  private readonly isExpected: (size: Size) => boolean;
  private length = new Collector(LENGTH_BYTES);
  private json: Collector | undefined;
  private head: AnswerHead | undefined;
  private pixels: Collector | undefined;

  /** @param isExpected whether a photo may have a size */
  constructor(isExpected: (size: Size) => boolean) {
    this.isExpected = isExpected;
  }

  /** @returns an answer when a chunk brings its last byte @throws Error for what no decoder of ours writes */
  read(chunk: Buffer): Answer | undefined {
    let rest = chunk;
    if (!this.json) {
      rest = this.length.take(rest);
      const { whole } = this.length;
      if (whole) this.json = new Collector(Math.min(whole.readUInt32BE(), MAX_JSON_BYTES));
    }
    if (this.json && !this.head) {
      rest = this.json.take(rest);
      const { whole } = this.json;
      if (whole) {
        this.head = this.checkHead(JSON.parse(whole.toString()));
        this.pixels = new Collector('bytes' in this.head ? this.head.bytes : 0);
      }
    }
    if (!this.head || !this.pixels) return undefined;
    rest = this.pixels.take(rest);
    const { whole } = this.pixels;
    if (!whole) return undefined;
    if (rest.length > 0) throw new Error('the decoder says more than it was asked');
    const answer = { head: this.head, pixels: whole };
    this.length = new Collector(LENGTH_BYTES);
    this.json = undefined;
    this.head = undefined;
    this.pixels = undefined;
    return answer;
  }

  private checkHead(value: unknown): AnswerHead {
    const head = (value ?? {}) as Record<string, unknown>;
    if (head.ready === true) return { ready: true };
    const { code, message, width, height, photoWidth, photoHeight, format, flat, bytes, hashes } = head;
    if (typeof code === 'string' && typeof message === 'string') return { code, message };
    const isPicture = isSize(width) && isSize(height) && this.isExpected({ width, height });
    const tiles = this.checkTiles(head.tiles);
    const ofTiles = (tiles ?? []).reduce((sum, tile) => sum + bytesOf(tile), 0);
    if (!isPicture || bytes !== bytesOf({ width, height }) + ofTiles) throw new Error('the decoder gives no picture');
    if (!isSize(photoWidth) || !isSize(photoHeight)) throw new Error('the decoder gives a photo without a size');
    const parsed = parseHashes(hashes ?? {});
    if (!parsed) throw new Error('the decoder gives something else than hashes');
    const photo = { photoWidth, photoHeight, format: format as PhotoFormat, flat: flat === true };
    return { width, height, ...photo, bytes, ...(hashes !== undefined && { hashes: parsed }), ...(tiles && { tiles }) };
  }

  private checkTiles(value: unknown): TileHead[] | undefined {
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw new Error('the decoder gives something else than tiles');
    let last = -1;
    return value.map((tile: Record<string, unknown> | null) => {
      const { place, width, height } = tile ?? {};
      const isTile = isSize(width) && isSize(height) && this.isExpected({ width, height });
      if (!isTile || !isPlace(place) || place <= last) throw new Error('the decoder gives something else than tiles');
      last = place;
      return { place, width, height };
    });
  }
}

function bytesOf({ width, height }: Size): number {
  return width * height * 3;
}

function isSize(size: unknown): size is number {
  return Number.isInteger(size) && Number(size) > 0;
}

function isPlace(place: unknown): place is number {
  return Number.isInteger(place) && Number(place) >= 0 && Number(place) < TILE_PLACES;
}
