import { Worker } from 'node:worker_threads';
import { ClaimprintError, toClaimprintError } from '../../protocol/errors.js';
import { DecoderPool } from '../decoder/decoder-pool.js';
import { limitConcurrency } from '../limit-concurrency.js';
import type { ViewedPhoto } from './grey-picture.js';
import type { GeometryMeasures } from './measure-geometry.js';

/** Pixels of the shorter side at which points are looked for, as of the thumbnails that the default model leaves. */
export const GEOMETRY_EDGE = 288;
/** A pair takes a quarter of a second, and the first one a second more; a busy machine takes its time. */
const TIMEOUT_MS = 60_000;
const IDLE_MS = 30_000;
const PROCESSES = 2;

/** Beside this file; run from the sources, as tests are, it is the built one, for Node 20 reads no TypeScript. */
const PROGRAM = import.meta.url.endsWith('.ts')
  ? new URL('../../../dist/fingerprint/geometry/geometry-worker.js', import.meta.url)
  : new URL('./geometry-worker.js', import.meta.url);

export interface GeometryComparerOptions {
  /** Photos with more are refused; 100 million if not given. */
  readonly maxPixels?: number | undefined;
  /** For one pair; a minute if not given. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Compares photos by their points and pixels. They are decoded by a `DecoderPool` and compared in a thread that is started
 * when it is needed, one pair after the other, and ended when it is not.
 */
export class GeometryComparer {
  private readonly decoders: DecoderPool;
  private readonly oneByOne = limitConcurrency(1);
  private worker: Worker | undefined;
  private idleTimer: NodeJS.Timeout | undefined;
  private readonly timeoutMs: number;
  private closed = false;

  constructor({ maxPixels, timeoutMs = TIMEOUT_MS }: GeometryComparerOptions = {}) {
    this.timeoutMs = timeoutMs;
    this.decoders = new DecoderPool({ edge: GEOMETRY_EDGE, maxPixels, processes: PROCESSES });
  }

  /** A photo as {@link compare} takes it. @throws UNSUPPORTED, TOO_LARGE, TOO_SMALL, UNDECODABLE, DECODE_TIMEOUT, DECODE_FAILED */
  async view(photo: Uint8Array): Promise<ViewedPhoto> {
    const { data, width, height, photoWidth, photoHeight } = await this.decoders.decode(photo);
    return { data, width, height, photoWidth, photoHeight };
  }

  /**
   * The same measures for the same photos, always. A pair that costs the thread its life, or takes too long, harms no other.
   * @throws TIMEOUT; INTERNAL if the thread dies of it
   */
  compare(a: ViewedPhoto, b: ViewedPhoto): Promise<GeometryMeasures> {
    return this.oneByOne(async () => {
      const { worker } = this;
      try {
        return await this.compareOnce({ a, b });
      } catch (error) {
        if (!worker || this.closed || toClaimprintError(error).code !== 'INTERNAL') throw error;
      }
      // The damage may have been done by a pair before: one more try, in a thread that has seen none.
      return this.compareOnce({ a, b });
    });
  }

  private async compareOnce(pair: PhotoPair): Promise<GeometryMeasures> {
    clearTimeout(this.idleTimer);
    if (this.closed) throw new Error('the comparer is closed');
    this.worker ??= this.start();
    this.worker.ref();
    try {
      return await ask(this.worker, pair, this.timeoutMs);
    } catch (error) {
      await this.end();
      throw error;
    } finally {
      this.worker?.unref();
      this.idleTimer = setTimeout(() => void this.end(), IDLE_MS).unref();
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.idleTimer);
    await Promise.all([this.decoders.close(), this.end()]);
  }

  private start(): Worker {
    const worker = new Worker(PROGRAM, { env: {}, argv: [] });
    // One that dies with nothing to do harms nobody.
    worker.on('error', () => undefined);
    worker.once('exit', () => {
      if (this.worker === worker) this.worker = undefined;
    });
    return worker;
  }

  private async end(): Promise<void> {
    const { worker } = this;
    this.worker = undefined;
    await worker?.terminate();
  }
}

interface PhotoPair {
  readonly a: ViewedPhoto;
  readonly b: ViewedPhoto;
}

function ask(worker: Worker, pair: PhotoPair, timeoutMs: number): Promise<GeometryMeasures> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      worker.off('message', answered).off('error', failed).off('exit', ended);
      outcome();
    };
    const fail = (code: 'TIMEOUT' | 'INTERNAL', message: string, cause?: unknown) =>
      settle(() => reject(new ClaimprintError(code, message, { cause })));
    const answered = (measures: GeometryMeasures) => settle(() => resolve(measures));
    const failed = (cause: unknown) => fail('INTERNAL', 'The photos could not be compared by their points.', cause);
    const ended = () => failed(undefined);
    const timer = setTimeout(
      () => fail('TIMEOUT', `Comparing two photos by their points took longer than ${timeoutMs / 1000} s.`),
      timeoutMs,
    );
    worker.on('message', answered).on('error', failed).on('exit', ended);
    worker.postMessage(pair);
  });
}
