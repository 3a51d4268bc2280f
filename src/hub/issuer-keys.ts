import type { CryptoKey } from 'jose';
import { errorFields, type Logger } from '../platform/log.js';
import { readBytes } from '../platform/read-bytes.js';
import type { KeySet } from '../protocol/jws.js';
import { importPublicJwk } from '../protocol/keys.js';
import { parseStrictJson } from '../protocol/strict-json.js';

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 256 * 1024;
const MAX_KEYS = 100;
/** Whatever arrives, the issuer is asked no more often. */
const ASK_EVERY_MS = 30_000;
/** Keys that the issuer has withdrawn are good for so long at most. */
const MAX_AGE_MS = 10 * 60_000;

/** The keys of an outside issuer, by the `kid` under which it shows them. */
export class IssuerKeys {
  private readonly url: string;
  private readonly logger: Logger;
  private keys: KeySet = new Map();
  /** By the process's own clock. */
  private askedAtMs = Number.NEGATIVE_INFINITY;
  private readAtMs = Number.NEGATIVE_INFINITY;
  private asking: Promise<void> | undefined;

  constructor(url: string, logger: Logger) {
    this.url = url;
    this.logger = logger;
  }

  /** The keys with the one that is wanted, if the issuer has it; it is asked at most once in 30 s. Never rejects. */
  async with(kid: string): Promise<KeySet> {
    const now = performance.now();
    const fresh = now - this.readAtMs < MAX_AGE_MS;
    if (fresh && this.keys.has(kid)) return this.keys;
    if (!this.asking && now - this.askedAtMs >= ASK_EVERY_MS) {
      this.askedAtMs = now;
      this.asking = this.ask().finally(() => {
        this.asking = undefined;
      });
    }
    await this.asking;
    return performance.now() - this.readAtMs < MAX_AGE_MS ? this.keys : new Map();
  }

  private async ask(): Promise<void> {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch(this.url, { redirect: 'error', signal, headers: { accept: 'application/json' } });
      if (response.status !== 200) throw new Error(`status ${response.status}`);
      this.keys = await readKeySet(parseStrictJson(await readBytes(response.body, MAX_BYTES, tooLarge), 8));
      this.readAtMs = performance.now();
    } catch (error) {
      this.logger.warn("the issuer's keys cannot be read", errorFields(error));
    }
  }
}

const tooLarge = () => new Error('the key set is too large');

/** Those of its keys that may sign tokens here: Ed25519, with a kid; any other is passed over. */
async function readKeySet(json: unknown): Promise<KeySet> {
  const { keys } = (json ?? {}) as { keys?: unknown };
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) throw new Error('this is no key set');
  const set = new Map<string, CryptoKey>();
  for (const jwk of keys as Record<string, unknown>[]) {
    const usable = typeof jwk?.kid === 'string' && (jwk.use === undefined || jwk.use === 'sig');
    const imported = usable ? await importPublicJwk(jwk).catch(() => undefined) : undefined;
    if (imported) set.set(jwk.kid as string, imported.key);
  }
  return set;
}
