import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { HashConvention } from '../../fingerprint/hashes/convention.js';
import { type PhotoHashes, parseHashes } from '../../fingerprint/hashes/hash-photo.js';
import { ClaimprintError, type ErrorCode } from '../../protocol/errors.js';

/** Changes whenever a photo's hashes or errors may change. */
const PRINTS_VERSION = 2;
/** Errors that the same bytes bring about every time. */
const LASTING: ReadonlySet<string> = new Set<ErrorCode>(['UNDECODABLE', 'TOO_LARGE', 'TOO_SMALL']);

/** What is known of a photo's bytes. */
export interface KeptPrint {
  readonly flat?: boolean;
  readonly hashes?: PhotoHashes;
  readonly error?: ClaimprintError;
}

interface Line {
  readonly sha256: string;
  readonly flat?: boolean;
  readonly hashes?: PhotoHashes;
  readonly error?: { readonly code: ErrorCode; readonly message: string };
}

/** Hashes and errors of photos seen before, by the SHA-256 of their bytes: one JSON line each, the later the more valid. */
export class PrintCache {
  private readonly path: string;
  private readonly kept = new Map<string, KeptPrint>();
  private pending: Line[] = [];

  private constructor(path: string) {
    this.path = path;
  }

  /** Opens the cache; lines that are cut off or damaged are passed over. */
  static async open(cacheDir: string, convention: HashConvention): Promise<PrintCache> {
    const cache = new PrintCache(join(cacheDir, 'evaluation', `prints-${PRINTS_VERSION}-${convention}.jsonl`));
    const text = await readFile(cache.path, 'utf8').catch(() => '');
    for (const line of text.split('\n')) {
      const parsed = parseLine(line);
      if (parsed) cache.take(parsed);
    }
    return cache;
  }

  get(sha256: string): KeptPrint | undefined {
    return this.kept.get(sha256);
  }

  set(sha256: string, { flat, hashes, error }: KeptPrint): void {
    if (error && !LASTING.has(error.code)) return;
    const line: Line = {
      sha256,
      ...(flat && { flat }),
      ...(hashes && { hashes }),
      ...(error && { error: { code: error.code, message: error.message } }),
    };
    this.take(line);
    this.pending.push(line);
  }

  /** Writes what is new. */
  async save(): Promise<void> {
    if (this.pending.length === 0) return;
    const lines = this.pending.map((line) => `${JSON.stringify(line)}\n`);
    this.pending = [];
    await mkdir(dirname(this.path), { recursive: true });
    // The line before may have been cut off.
    await appendFile(this.path, `\n${lines.join('')}`);
  }

  private take({ sha256, flat = false, hashes, error }: Line): void {
    const before = this.kept.get(sha256);
    this.kept.set(sha256, {
      flat,
      hashes: { ...before?.hashes, ...hashes },
      ...(error && { error: new ClaimprintError(error.code, error.message) }),
    });
  }
}

function parseLine(text: string): Line | undefined {
  try {
    const line = JSON.parse(text) as Line;
    if (!/^[0-9a-f]{64}$/.test(line.sha256) || !parseHashes(line.hashes ?? {})) return undefined;
    return line.error && !LASTING.has(line.error.code) ? undefined : line;
  } catch {
    return undefined;
  }
}
