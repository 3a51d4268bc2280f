import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { ClaimprintError, type ErrorCode } from '../../protocol/errors.js';
import type { DecodedPhoto, DecodeOptions, PartRequest } from '../decode.js';
import { isModelSize } from '../model-size.js';
import { type Answer, AnswerReader, encodeRequest, toPicture } from './frame.js';
import { startDecoder } from './start-decoder.js';

const START_TIMEOUT_MS = 60_000;
/** What a decoder may say of a photo, in whose hands it may be. */
const CODES: ReadonlySet<string> = new Set<ErrorCode>([
  'UNSUPPORTED',
  'UNDECODABLE',
  'DECODE_FAILED',
  'TOO_LARGE',
  'TOO_SMALL',
]);
const MAX_MESSAGE_CHARACTERS = 200;

export interface DecoderOptions extends DecodeOptions {
  /** For one photo. */
  readonly timeoutMs: number;
  readonly maxMemoryBytes: number;
}

/** The decoder's process has ended, by itself or by the kernel's hand, with a photo in work. */
export class DecoderEnded extends Error {}

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** One process that decodes one photo at a time. */
export class Decoder {
  /** Photos that it was given. */
  photos = 0;
  private readonly process: ChildProcess;
  private readonly timeoutMs: number;
  private readonly ready: Promise<Answer>;
  private readonly ended: Promise<void>;
  private waiting: Waiting | undefined;
  private hasEnded = false;

  constructor({ timeoutMs, maxMemoryBytes, ...options }: DecoderOptions) {
    this.timeoutMs = timeoutMs;
    const child = startDecoder(options, maxMemoryBytes);
    this.process = child;
    const reader = new AnswerReader((size) => isModelSize(size, options.edge, options.mode));
    child.stdout!.on('data', (chunk: Buffer) => {
      // What a killed one had said before is nobody's answer any more.
      if (child.killed) return;
      try {
        const answer = reader.read(chunk);
        if (answer) this.take(answer);
      } catch {
        this.kill();
      }
    });
    child.stdin!.on('error', () => this.kill());
    child.on('error', () => this.end());
    this.ended = new Promise((resolve) => {
      child.once('close', resolve).once('error', resolve);
    });
    child.once('close', () => this.end());
    this.ready = this.answer(START_TIMEOUT_MS);
    this.ready.catch(() => undefined);
  }

  get alive(): boolean {
    return !this.hasEnded && !this.process.killed;
  }

  /** @throws UNSUPPORTED, TOO_LARGE, TOO_SMALL, UNDECODABLE, DECODE_FAILED, DECODE_TIMEOUT; DecoderEnded */
  async decode(photo: Uint8Array, parts: PartRequest = {}): Promise<DecodedPhoto> {
    this.photos++;
    this.hold(true);
    try {
      await this.ready;
      const answered = this.answer(this.timeoutMs);
      this.process.stdin!.write(encodeRequest({ photo, parts }));
      this.process.stdin!.write(photo);
      const { head, pixels } = await answered;
      if ('bytes' in head) return toPicture(head, pixels);
      if ('code' in head && CODES.has(head.code)) {
        throw new ClaimprintError(head.code as ErrorCode, head.message.slice(0, MAX_MESSAGE_CHARACTERS));
      }
      this.kill();
      throw new DecoderEnded('the decoder talks nonsense');
    } finally {
      this.hold(false);
    }
  }

  /** Ends the process at once, whatever it does. */
  kill(): void {
    // Its end can be waited for.
    this.hold(true);
    this.process.kill('SIGKILL');
  }

  /** Waits until nothing of the process is left. */
  whenEnded(): Promise<void> {
    return this.ended;
  }

  private answer(timeoutMs: number): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.hasEnded) return reject(new DecoderEnded('the decoder has ended'));
      const timer = setTimeout(() => {
        this.waiting = undefined;
        this.kill();
        const seconds = timeoutMs / 1000;
        reject(
          new ClaimprintError('DECODE_TIMEOUT', `Decoding the photo took longer than ${seconds} s and was ended.`),
        );
      }, timeoutMs);
      const settled = () => {
        clearTimeout(timer);
        this.waiting = undefined;
      };
      this.waiting = {
        resolve: (answer) => {
          settled();
          resolve(answer);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      };
    });
  }

  private take(answer: Answer): void {
    if (this.waiting) this.waiting.resolve(answer);
    else this.kill();
  }

  private end(): void {
    this.hasEnded = true;
    this.waiting?.reject(new DecoderEnded('the decoder has ended'));
  }

  /** A decoder without work keeps no program from ending. */
  private hold(busy: boolean): void {
    for (const handle of [this.process, this.process.stdin as Socket, this.process.stdout as Socket]) {
      if (busy) handle.ref();
      else handle.unref();
    }
  }
}
