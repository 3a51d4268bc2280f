import { ClaimprintError } from './errors.js';

const SPACE = /[ \t\n\r]*/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses JSON that two parsers cannot read differently: valid UTF-8 without a byte order mark, no repeated or
 * `__proto__` key, no lone surrogate, nothing behind the value, nesting at most `maxDepth`.
 * @throws BAD_REQUEST
 */
export function parseStrictJson(bytes: Uint8Array, maxDepth = 32): unknown {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw refusal('is not UTF-8');
  }
  new Scanner(text, maxDepth).scan();
  return JSON.parse(text);
}

function refusal(what: string): ClaimprintError {
  return new ClaimprintError('BAD_REQUEST', `The JSON ${what}.`);
}

/** Walks the text once without building values; JSON.parse then builds them. */
class Scanner {
  private at = 0;
  private readonly text: string;
  private readonly maxDepth: number;

  constructor(text: string, maxDepth: number) {
    this.text = text;
    this.maxDepth = maxDepth;
  }

  scan(): void {
    this.value(0);
    if (this.at !== this.text.length) throw refusal('has something behind its end');
  }

  private value(depth: number): void {
    if (depth > this.maxDepth) throw refusal('is nested too deeply');
    this.match(SPACE);
    const next = this.text[this.at];
    if (next === '{') this.object(depth);
    else if (next === '[') this.list(depth);
    else if (next === '"') this.string();
    else if (!this.match(SCALAR)) throw refusal('is malformed');
    this.match(SPACE);
  }

  private object(depth: number): void {
    const keys = new Set<string>();
    this.items('}', () => {
      this.match(SPACE);
      const key = this.string();
      if (keys.has(key) || key === '__proto__') throw refusal('repeats a key or names __proto__');
      keys.add(key);
      this.match(SPACE);
      if (this.text[this.at++] !== ':') throw refusal('is malformed');
      this.value(depth + 1);
    });
  }

  private list(depth: number): void {
    this.items(']', () => this.value(depth + 1));
  }

  private items(end: string, item: () => void): void {
    this.at++;
    this.match(SPACE);
    if (this.text[this.at] === end) {
      this.at++;
      return;
    }
    for (;;) {
      item();
      const next = this.text[this.at++];
      if (next === end) return;
      if (next !== ',') throw refusal('is malformed');
    }
  }

  private string(): string {
    const start = this.at;
    if (this.text[this.at++] !== '"') throw refusal('is malformed');
    let escaped = false;
    this.match(PLAIN);
    while (this.text[this.at] === '\\') {
      escaped = true;
      if (!this.match(ESCAPE)) throw refusal('is malformed');
      this.match(PLAIN);
    }
    if (this.text[this.at++] !== '"') throw refusal('is malformed');
    if (!escaped) return this.text.slice(start + 1, this.at - 1);
    const value = JSON.parse(this.text.slice(start, this.at)) as string;
    if (!value.isWellFormed()) throw refusal('holds half of a surrogate pair');
    return value;
  }

  private match(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.text)) return false;
    this.at = pattern.lastIndex;
    return true;
  }
}
