import { readFileSync } from 'node:fs';
import { constants, inflateRawSync, inflateSync } from 'node:zlib';
import { findAny } from './find-any.js';

/** A stream that was cut off counts up to there. */
const INFLATE = { maxOutputLength: 64 * 1024 * 1024, finishFlush: constants.Z_SYNC_FLUSH };
/** How gzip and zlib streams begin. */
const STREAMS: readonly (readonly [Buffer, (bytes: Buffer) => Buffer])[] = [
  [Buffer.of(0x1f, 0x8b, 8), openGzip],
  ...[0x01, 0x5e, 0x9c, 0xda].map(
    (level) => [Buffer.of(0x78, level), (bytes: Buffer) => inflateSync(bytes, INFLATE)] as const,
  ),
];

/** Bytes that must not be found, under a name that says what they are. */
export interface Canary {
  readonly name: string;
  readonly bytes: Buffer;
}

/** File names, claim numbers and the like, as text. */
export function textCanaries(texts: readonly string[]): Canary[] {
  return texts.map((text) => ({ name: text, bytes: Buffer.from(text) }));
}

/** A file's first bytes (its header) and some from its middle. */
export function fileCanaries(path: string): Canary[] {
  const content = readFileSync(path);
  const middle = content.length >> 1;
  return [
    { name: `header of ${path}`, bytes: content.subarray(0, 24) },
    { name: `content of ${path}`, bytes: content.subarray(middle, middle + 24) },
  ];
}

/**
 * Names of the canaries that stand in the recorded bytes, or in what is compressed in them: as they are, in UTF-16,
 * percent-encoded, in JSON, in hex, or in base64 and base64url at any alignment.
 */
export function findLeaks(recorded: Buffer, canaries: readonly Canary[]): string[] {
  const wanted = canaries.flatMap(({ bytes }, canary) => forms(bytes).map((form) => ({ canary, form })));
  const found = new Set<number>();
  for (const place of [recorded, ...inflated(recorded)]) {
    const left = wanted.filter(({ canary }) => !found.has(canary));
    for (const i of findAny(
      place,
      left.map(({ form }) => form),
    )) {
      found.add(left[i]!.canary);
    }
  }
  return canaries.filter((_, canary) => found.has(canary)).map(({ name }) => name);
}

/** What gzip and zlib streams among the bytes hold. */
function inflated(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (const [magic, open] of STREAMS) {
    for (let at = bytes.indexOf(magic); at >= 0; at = bytes.indexOf(magic, at + 1)) {
      try {
        found.push(open(bytes.subarray(at)));
      } catch {
        // Bytes that only begin like one.
      }
    }
  }
  return found;
}

/** Skips the header of RFC 1952 and reads one stream: gunzip would complain of what follows it. */
function openGzip(bytes: Buffer): Buffer {
  const flags = bytes[3]!;
  let at = 10;
  if (flags & 4) at += 2 + bytes.readUInt16LE(at);
  for (const text of [8, 16]) if (flags & text) at = bytes.indexOf(0, at) + 1;
  if (flags & 2) at += 2;
  return inflateRawSync(bytes.subarray(at), INFLATE);
}

function forms(bytes: Buffer): Buffer[] {
  const texts = [
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    encodeURIComponent(bytes.toString('latin1')),
    encodeURIComponent(bytes.toString('utf8')),
    JSON.stringify(bytes.toString('utf8')).slice(1, -1),
  ];
  for (const encoding of ['base64', 'base64url'] as const) {
    for (const shift of [0, 1, 2]) {
      // What stands in base64 of a longer text that holds these bytes `shift` bytes after a group's start:
      // without the characters that mix with the neighbours.
      const text = Buffer.concat([Buffer.alloc(shift), bytes])
        .toString(encoding)
        .replace(/=+$/, '');
      texts.push(text.slice(shift === 0 ? 0 : shift + 1, -1));
    }
  }
  const wide = Buffer.from(bytes.toString('utf8'), 'utf16le');
  return [bytes, wide, Buffer.from(wide).swap16(), ...texts.map((text) => Buffer.from(text, 'latin1'))];
}
