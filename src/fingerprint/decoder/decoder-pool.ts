import { availableParallelism } from 'node:os';
import { ClaimprintError } from '../../protocol/errors.js';
import type { DecodedPhoto, DecodeOptions, PartRequest } from '../decode.js';
import { limitConcurrency } from '../limit-concurrency.js';
import { Decoder, DecoderEnded, type DecoderOptions } from './decoder.js';

/** A photo of 100 megapixels takes a second or two, more on a busy machine. */
const TIMEOUT_MS = 30_000;
/** All hashes of a photo of 51 megapixels take ten seconds. */
const HASHES_TIMEOUT_MS = 120_000;
/** The most that a photo of 100 megapixels takes in any of the formats is about 900 MB. */
const MAX_MEMORY_BYTES = 1024 ** 3;
const MAX_PROCESSES = 16;
/** A new process takes the place of one that has decoded so many: what leaks in a decoder, leaks for a while only. */
const PHOTOS_PER_PROCESS = 2_000;
const IDLE_MS = 30_000;

export interface DecoderPoolOptions extends DecodeOptions {
  /** For one photo; 30 s if not given, with hashes 120 s. */
  readonly timeoutMs?: number | undefined;
  /** Of one process; 1 GiB if not given. */
  readonly maxMemoryBytes?: number | undefined;
  /** One a core, at most 16, if not given. */
  readonly processes?: number | undefined;
  /** How long one may have nothing to do before it ends; 30 s if not given. */
  readonly idleMs?: number | undefined;
}

/**
 * Decodes photos in processes of their own, each one photo at a time: a photo that hangs, crashes or takes over its
 * decoder costs itself and nothing else, and finds no secret there. Processes are started as they are needed and end
 * when they are not, and with the program that uses them however that ends.
 */
export class DecoderPool {
  /** How often a process died with a photo in work. */
  crashes = 0;
  /** The most that there are at once. */
  readonly processes: number;
  private readonly options: DecoderOptions;
  private readonly idleMs: number;
  private readonly limited: ReturnType<typeof limitConcurrency>;
  private readonly all = new Set<Decoder>();
  private readonly idle: Decoder[] = [];
  private idleTimer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(options: DecoderPoolOptions) {
    const { processes = Math.min(availableParallelism(), MAX_PROCESSES), idleMs = IDLE_MS, ...rest } = options;
    const { timeoutMs = options.hashes ? HASHES_TIMEOUT_MS : TIMEOUT_MS, maxMemoryBytes = MAX_MEMORY_BYTES } = options;
    this.options = { ...rest, timeoutMs, maxMemoryBytes };
    this.idleMs = idleMs;
    this.processes = processes;
    this.limited = limitConcurrency(processes);
  }

  /**
   * Decodes a photo as `decodePhoto` does.
   * @throws UNSUPPORTED, TOO_LARGE, TOO_SMALL, UNDECODABLE; DECODE_TIMEOUT; DECODE_FAILED if the decoder dies of it
   */
  async decode(photo: Uint8Array, parts?: PartRequest): Promise<DecodedPhoto> {
    try {
      return await this.limited(() => this.decodeOnce(photo, parts));
    } catch (error) {
      if (!(error instanceof DecoderEnded) || this.closed) throw error;
    }
    try {
      // The damage may have been done by the photo before: one more try, in a process that has seen none.
      return await this.limited(() => this.decodeIn(this.start(), photo, parts));
    } catch (error) {
      if (!(error instanceof DecoderEnded)) throw error;
      const message = 'The photo makes its decoder fail: it is damaged, or takes more memory than one photo may.';
      throw new ClaimprintError('DECODE_FAILED', message, { cause: error });
    }
  }

  /** Ends all processes; photos in work are given up. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.idleTimer);
    await this.endAll(this.all);
  }

  private decodeOnce(photo: Uint8Array, parts: PartRequest | undefined): Promise<DecodedPhoto> {
    let decoder = this.idle.pop();
    while (decoder && !decoder.alive) decoder = this.idle.pop();
    return this.decodeIn(decoder ?? this.start(), photo, parts);
  }

  private async decodeIn(decoder: Decoder, photo: Uint8Array, parts: PartRequest | undefined): Promise<DecodedPhoto> {
    clearTimeout(this.idleTimer);
    try {
      return await decoder.decode(photo, parts);
    } catch (error) {
      if (error instanceof DecoderEnded && !this.closed) this.crashes++;
      throw error;
    } finally {
      if (decoder.photos >= PHOTOS_PER_PROCESS) decoder.kill();
      else if (decoder.alive) this.idle.push(decoder);
      // Another photo may have been done meanwhile, and have set it.
      clearTimeout(this.idleTimer);
      this.idleTimer = setTimeout(() => void this.endAll(this.idle.splice(0)), this.idleMs).unref();
    }
  }

  private start(): Decoder {
    if (this.closed) throw new Error('the decoders are closed');
    const decoder = new Decoder(this.options);
    this.all.add(decoder);
    void decoder.whenEnded().then(() => this.all.delete(decoder));
    return decoder;
  }

  private async endAll(decoders: Iterable<Decoder>): Promise<void> {
    await Promise.all(
      [...decoders].map((decoder) => {
        decoder.kill();
        return decoder.whenEnded();
      }),
    );
  }
}
