import { readFileSync } from 'node:fs';

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
 * Names of the canaries that stand in the recorded bytes: as they are, percent-encoded, in hex,
 * or in base64 and base64url at any alignment.
 */
export function findLeaks(recorded: Buffer, canaries: readonly Canary[]): string[] {
  return canaries.filter(({ bytes }) => forms(bytes).some((form) => recorded.includes(form))).map(({ name }) => name);
}

function forms(bytes: Buffer): Buffer[] {
  const texts = [
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    encodeURIComponent(bytes.toString('latin1')),
    encodeURIComponent(bytes.toString('utf8')),
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
  return [bytes, ...texts.map((text) => Buffer.from(text, 'latin1'))];
}
